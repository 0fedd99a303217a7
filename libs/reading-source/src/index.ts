export * from './sources';
export { SmartMeterApi } from './smart-meter-api';
export type { ReadingListener, SmartMeterApiOptions } from './smart-meter-api';
export type { InfluxReadTarget } from './influx-target';
export { InfluxQlReadings } from './influx-ql-readings';
export type { InfluxReadingsOptions } from './influx-ql-readings';
export { InfluxIntegrationEvents, InfluxQlEvents } from './influx-events';
export type { InfluxEventsOptions } from './influx-events';
export { FluxReadings, FluxEvents } from './flux-sources';
