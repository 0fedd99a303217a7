export { benchDrain, benchFreshLines } from './drain-bench';
export { benchEncode } from './encode-bench';
export type { BenchRow } from '../bench-row';
