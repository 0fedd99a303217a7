export * from './capabilities';
export * from './clock';
export * from './meter-error';
export * from './payload';
export * from './reading';
export * from './retry';
export * from './units';
