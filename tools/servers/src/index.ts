export * from './chromium/chromium';
export * from './home-assistant/home-assistant';
export type { RecordedState } from './home-assistant/recorder-database';
export * from './influxdb/influxdb';
export type { InfluxDbLimits } from './influxdb/influxdb-config';
export * from './shared/availability';
export { DebianProgram } from './shared/debian-program';
export * from './shared/require-server';
export * from './victoria-metrics/victoria-metrics';
