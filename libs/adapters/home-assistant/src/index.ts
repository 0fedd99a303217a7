export type { HomeAssistantAccess } from './address';
export * from './definition';
export { planSources } from './discovery/plan-sources';
export type { HomeSnapshot, SnapshotState, SourceOverrides } from './discovery/snapshot';
export type { EnergyTerm, PlannedCircuit, PowerTerm, SourcePlan } from './discovery/source-plan';
export { createHomeAssistantMeter, HomeAssistantMeter } from './home-assistant-meter';
export type { HomeAssistantMeterOptions } from './home-assistant-meter';
export { HomeAssistantEvents } from './events/home-assistant-events';
export type { HomeAssistantEventListener, HomeAssistantEventsOptions } from './events/home-assistant-events';
export type { DeviceModel, RegisteredEntity } from './events/registered-entity';
export { EVENT_DOMAINS } from './events/home-assistant-event';
export type { HomeAssistantEvent } from './events/home-assistant-event';
export { HomeAssistantPrices } from './prices/home-assistant-prices';
export type {
  CurrentPricing,
  EntityPast,
  HomeAssistantPricesOptions,
  HomePricing,
} from './prices/home-assistant-prices';
export type { DashboardPrice } from './discovery/energy-prefs';
export type { EntityState } from './entity-state/entity-state';
export { numericState, unitOf } from './entity-state/entity-state';
