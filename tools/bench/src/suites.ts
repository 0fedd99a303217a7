import { BenchRow } from './bench-row';
import { benchEmporiaCycle } from './emporia';
import { benchDrain, benchEncode, benchFreshLines } from './influx-writer';
import { benchBacklog, benchIngest, benchQueries } from './journal';
import { benchSenseUpdate } from './sense';
import { benchHomeAssistantCycle } from './service/cycle-bench';
import { benchProcess } from './service/process-bench';

/** Every suite, in the order in which they run. */
export const SUITES: Readonly<Record<string, () => Promise<BenchRow[]>>> = {
  'home-assistant': () => benchHomeAssistantCycle(),
  process: () => benchProcess(),
  ingest: () => benchIngest(),
  queries: () => benchQueries(),
  backlog: () => benchBacklog(),
  encode: async () => benchEncode(),
  delivery: async () => [...(await benchDrain()), ...(await benchFreshLines())],
  emporia: () => benchEmporiaCycle(),
  sense: () => benchSenseUpdate(),
};
