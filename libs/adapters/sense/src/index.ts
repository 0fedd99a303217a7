export { SENSE_SESSION_DOCUMENT, senseMeter, senseStandIn } from './definition';
export type { MainsState } from './live/live-update';
export type { SenseMonitor } from './monitor';
export { loginWithMfa, SenseAccount } from './sense-account';
export type { SenseAccountOptions } from './sense-account';
export { SenseAdapter } from './sense-adapter';
export type { SenseAdapterOptions } from './sense-adapter';
export type { AskCode, SenseCredentials } from './session/login';
export { createSenseAdapter, StreamingSenseAdapter } from './streaming-sense-adapter';
