export * from './configuration/load-settings';
export * from './lifecycle/run-service';
export * from './logging/logger';
