export * from './configuration/load-settings';
export * from './lifecycle/run-service';
export * from './logging/logger';
export * from './health/health-report';
export * from './lifecycle/ordered-lifecycle';
export * from './access/problem';
export * from './access/protect';
export * from './metrics/metrics';
