export * from './findings';
export * from './life';
