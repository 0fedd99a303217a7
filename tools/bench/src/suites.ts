import { BenchRow } from './bench-row';
import { benchEmporiaCycle } from './emporia';
import { benchDrain, benchEncode, benchFreshLines } from './influx-writer';
import { benchBacklog, benchIngest, benchQueries } from './journal';
import { benchSenseUpdate } from './sense';
import { benchConsumption, benchReadings, benchStream } from './serve';
import { benchPage } from './page/page-bench';
import { benchBusyHome, benchLatency, benchSustainedChanges } from './live/live-bench';
import { benchPeers } from './live/peers-bench';
import { benchHomeAssistantCycle } from './service/cycle-bench';
import { benchProcess } from './service/process-bench';

/** Every suite, in the order in which they run. */
export const SUITES: Readonly<Record<string, () => Promise<BenchRow[]>>> = {
  'home-assistant': () => benchHomeAssistantCycle(),
  process: () => benchProcess(),
  live: async () => [
    ...(await benchLatency()),
    ...(await benchSustainedChanges()),
    ...(await benchBusyHome()),
  ],
  peers: () => benchPeers(),
  serve: async () => [...(await benchStream()), ...(await benchConsumption()), ...(await benchReadings())],
  page: () => benchPage(),
  ingest: () => benchIngest(),
  queries: async () => benchQueries(),
  backlog: async () => benchBacklog(),
  encode: async () => benchEncode(),
  delivery: async () => [...(await benchDrain()), ...(await benchFreshLines())],
  emporia: () => benchEmporiaCycle(),
  sense: () => benchSenseUpdate(),
};
