import { Clock, HistoryChunk, HistoryLimit, TimeRange } from '@smart-meter/meter-adapter';
import { statesNow } from '../changes/entity-stream';
import { FollowedSources } from '../changes/stream-changes';
import { HomeAssistantConnection } from '../websocket/connection';
import { HomeAssistantConnector } from '../websocket/connector';
import { historyBeginning } from './history-beginning';
import { readMeans } from './mean-readings';
import { recorderHasStored } from './recorder-barrier';
import { StateReader } from './state-readings';
import { Interval, toTimeRange } from './time-ranges';

const DAY_MS = 24 * 60 * 60_000;
const FIRST_CHUNK_MS = 60 * 60_000;
const SHORTEST_CHUNK_MS = 60_000;
/** After a quiet night comes a busy morning, whose chunk is still to be of a bearable size. */
const LONGEST_CHUNK_MS = 4 * 60 * 60_000;
const LONGEST_MEANS_CHUNK_MS = DAY_MS;
/** Changes of one chunk: with more, the next one covers less time; with far less, more. */
const MANY_CHANGES = 50_000;
const FEW_CHANGES = 12_500;
const NOTHING_THERE = 'the recorder of Home Assistant has neither states nor statistics of this time';
/** What is older than this has been stored long ago. */
const RECENT_MS = 60 * 60_000;

/** As Home Assistant keeps history by default; its owner may have chosen otherwise, which no interface tells. */
export const HISTORY_LIMITS: readonly HistoryLimit[] = [
  { resolutionS: 0, keptForMs: 10 * DAY_MS },
  { resolutionS: 300, keptForMs: 10 * DAY_MS },
  { resolutionS: 3600, keptForMs: null },
];

export interface HistoryReaderOptions {
  connector: HomeAssistantConnector;
  clock: Clock;
  /** Which sensors, and what to make of their states. Asked once per range, over its connection. */
  planSources(connection: HomeAssistantConnection, signal: AbortSignal): Promise<FollowedSources>;
}

/**
 * Reads back what the home's sensors said: every state as long as the recorder keeps them, before that the means of
 * five minutes and of hours. `fetchHistory` is that of `HistoricalMeter`.
 */
export class HistoryReader {
  constructor(private readonly options: HistoryReaderOptions) {}

  async *fetchHistory(range: TimeRange, signal: AbortSignal): AsyncGenerator<HistoryChunk> {
    const { connector, clock, planSources } = this.options;
    // A connection of its own: its large answers would hold up the live states.
    const connection = await connector.connect(signal);
    try {
      const sources = await planSources(connection, signal);
      const now = await statesNow(connection, { entityIds: sources.entityIds }, signal);
      if (clock.now().getTime() - range.to.getTime() < RECENT_MS) {
        await recorderHasStored(connection, clock, signal);
      }
      const whole = { fromMs: range.from.getTime(), toMs: range.to.getTime() };
      const query = { entityIds: sources.entityIds, interval: whole };
      const beginningMs = await historyBeginning(connection, query, signal);
      for (const interval of split({ ...whole, toMs: beginningMs }, LONGEST_MEANS_CHUNK_MS)) {
        const { readings, missing } = await readMeans(connection, { sources, interval }, signal);
        const unavailable = missing.map((gap) => ({ range: toTimeRange(gap), reason: NOTHING_THERE }));
        yield { range: toTimeRange(interval), readings, unavailable };
        signal.throwIfAborted();
      }
      const states = new StateReader(connection, sources, now, signal);
      let lengthMs = FIRST_CHUNK_MS;
      for (let fromMs = beginningMs; fromMs < whole.toMs;) {
        const interval = { fromMs, toMs: Math.min(fromMs + lengthMs, whole.toMs) };
        const { readings, changes } = await states.read(interval);
        yield { range: toTimeRange(interval), readings, unavailable: [] };
        signal.throwIfAborted();
        fromMs = interval.toMs;
        lengthMs = nextLengthMs(lengthMs, changes);
      }
    } finally {
      connection.close();
    }
  }
}

function* split({ fromMs, toMs }: Interval, lengthMs: number): Generator<Interval> {
  for (let atMs = fromMs; atMs < toMs; atMs += lengthMs) {
    yield { fromMs: atMs, toMs: Math.min(atMs + lengthMs, toMs) };
  }
}

function nextLengthMs(lengthMs: number, changes: number): number {
  if (changes > MANY_CHANGES) return Math.max(SHORTEST_CHUNK_MS, lengthMs / 4);
  return changes < FEW_CHANGES ? Math.min(LONGEST_CHUNK_MS, lengthMs * 2) : lengthMs;
}
