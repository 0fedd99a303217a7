export * from './conformance';
export * from './fake-clock';
export * from './invariants';
