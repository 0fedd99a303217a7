export { benchBacklog } from './backlog-bench';
export { benchIngest } from './ingest-bench';
export { benchQueries } from './query-bench';
export type { BenchRow } from '../bench-row';
