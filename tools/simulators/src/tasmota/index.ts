export { TasmotaSimulator } from './tasmota-simulator';
export type { TasmotaSimulatorOptions } from './tasmota-simulator';
