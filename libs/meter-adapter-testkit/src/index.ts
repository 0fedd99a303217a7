export * from './conformance';
export * from './fake-clock';
export * from './invariants';
export * from './wait-for';
