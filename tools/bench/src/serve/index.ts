export * from './consumption-bench';
export * from './readings-bench';
export * from './stream-bench';
