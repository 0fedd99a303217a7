export { emporiaMeter } from './definition';
export { EmporiaMeter } from './emporia-meter';
export type { GridEnergy } from './live';
export type { EmporiaCredentials, EmporiaEndpoints, EmporiaHost, EmporiaMeterOptions } from './options';
export type { RequestCounts, RequestKind } from './request-ledger';
