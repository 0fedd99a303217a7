export type { SimulatedAccount } from './account';
export { panel, plug } from './devices';
export type { Outage, PanelOptions, SimulatedChannel, SimulatedDevice } from './devices';
export { EmporiaSimulator } from './emporia-simulator';
export type { EmporiaSimulatorOptions } from './emporia-simulator';
