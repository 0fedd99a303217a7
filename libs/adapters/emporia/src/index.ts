export { EmporiaMeter } from './emporia-meter';
export type { GridEnergy } from './live';
export type { EmporiaCredentials, EmporiaEndpoints, EmporiaHost, EmporiaMeterOptions } from './options';
export type { RequestCounts, RequestKind } from './request-ledger';
export { FileTokenStore } from './token-store';
export type { StoredTokens, TokenStore } from './token-store';
