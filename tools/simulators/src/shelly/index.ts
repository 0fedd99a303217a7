export type { ShellyChannel } from './components';
export { ShellyGen1Simulator } from './shelly-gen1-simulator';
export type { ShellyGen1SimulatorOptions } from './shelly-gen1-simulator';
export { ShellySimulator } from './shelly-simulator';
export type { ShellySimulatorOptions } from './shelly-simulator';
