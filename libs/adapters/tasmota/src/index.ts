export { tasmotaMeter } from './definition';
export { TasmotaMeter } from './tasmota-meter';
export type { TasmotaMeterOptions } from './tasmota-meter';
