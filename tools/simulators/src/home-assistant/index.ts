export type { CoreState, EnergyPreferences } from './home';
export { buildEnergyPreferences } from './energy-preferences';
export type { GridShape, PreferenceSources } from './energy-preferences';
export { HomeAssistantSimulator } from './home-assistant-simulator';
export type { HomeAssistantSimulatorOptions, ScriptedEntity } from './home-assistant-simulator';
export type { RecordedState, RecorderOptions } from './recorder';
export type { EntryDetails, RegistryEntry } from './registry';
export type { Attributes, EntityState } from './state-machine';
