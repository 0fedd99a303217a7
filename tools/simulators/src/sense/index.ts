export type { SensedDevice } from './devices';
export { SenseSimulator } from './sense-simulator';
export type { SenseSimulatorOptions } from './sense-simulator';
export type { Rotation } from './simulated-accounts';
export { SimulatedMonitor } from './simulated-monitor';
export type { SimulatedMonitorOptions } from './simulated-monitor';
