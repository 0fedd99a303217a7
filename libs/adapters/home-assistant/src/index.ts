export type { HomeAssistantAccess } from './address';
export * from './definition';
export { planSources } from './discovery/plan-sources';
export type { HomeSnapshot, SnapshotState, SourceOverrides } from './discovery/snapshot';
export type { EnergyTerm, PlannedCircuit, PowerTerm, SourcePlan } from './discovery/source-plan';
export { createHomeAssistantMeter, HomeAssistantMeter } from './home-assistant-meter';
export type { HomeAssistantMeterOptions } from './home-assistant-meter';
export { untrackedPowerW } from './reading/reading';
