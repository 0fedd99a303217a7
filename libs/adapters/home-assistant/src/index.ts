export * from './discovery/plan-sources';
export * from './discovery/snapshot';
export * from './discovery/source-plan';
export * from './home-assistant-meter';
export * from './reading/reading';
export * from './definition';
