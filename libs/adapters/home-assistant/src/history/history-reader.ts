import { Clock, HistoryChunk, HistoryLimit, MeterReading, TimeRange } from '@smart-meter/meter-adapter';
import { statesNow } from '../changes/entity-stream';
import { StateChange } from '../changes/state-change';
import { FollowedSources } from '../changes/stream-changes';
import { EntityState, unitOf } from '../entity-state/entity-state';
import { HomeAssistantConnection } from '../websocket/connection';
import { HomeAssistantConnector } from '../websocket/connector';
import { recorderHasStored } from './recorder-barrier';
import { EntityHistory, HistoricalState, readStateHistory } from './state-history';
import { readStatistics, STATISTICS_PERIODS, StatisticsBucket } from './statistics';
import { Interval, overlaps, toTimeRange, uncovered } from './time-ranges';

const DAY_MS = 24 * 60 * 60_000;
const FIRST_CHUNK_MS = 60 * 60_000;
const SHORTEST_CHUNK_MS = 60_000;
/** Rows of one chunk: with more, the next one covers less time; with far less, more. */
const MANY_ROWS = 100_000;
const FEW_ROWS = 25_000;
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
      const reader = new ChunkReader(connection, sources, now, signal);
      const toMs = range.to.getTime();
      let lengthMs = FIRST_CHUNK_MS;
      for (let fromMs = range.from.getTime(); fromMs < toMs;) {
        const interval = { fromMs, toMs: Math.min(fromMs + lengthMs, toMs) };
        const { chunk, rows } = await reader.read(interval);
        yield chunk;
        signal.throwIfAborted();
        fromMs = interval.toMs;
        lengthMs = nextLengthMs(lengthMs, rows);
      }
    } finally {
      connection.close();
    }
  }
}

function nextLengthMs(lengthMs: number, rows: number): number {
  if (rows > MANY_ROWS) return Math.max(SHORTEST_CHUNK_MS, lengthMs / 4);
  return rows < FEW_ROWS ? Math.min(DAY_MS, lengthMs * 2) : lengthMs;
}

/** One chunk after the other, each with the units that were in force in it. */
class ChunkReader {
  /** At the end of the chunk before; undefined where that is not known. */
  private unitsAtStart: Map<string, string | undefined> | undefined;

  constructor(
    private readonly connection: HomeAssistantConnection,
    private readonly sources: FollowedSources,
    private readonly now: ReadonlyMap<string, EntityState>,
    private readonly signal: AbortSignal,
  ) {}

  async read(interval: Interval): Promise<{ chunk: HistoryChunk; rows: number }> {
    const histories = await this.readStates(interval);
    const changes = [...histories.values()].flatMap((history) => history.changes);
    changes.sort((a, b) => a.lastUpdatedAt.getTime() - b.lastUpdatedAt.getTime());
    const isWhole = [...histories.values()].some(({ atStart }) => atStart !== undefined);
    const historyBeginsMs = isWhole
      ? interval.fromMs
      : (changes[0]?.lastUpdatedAt.getTime() ?? interval.toMs);
    const before = { fromMs: interval.fromMs, toMs: historyBeginsMs };
    const { readings, missing } = await this.readMeans(before);
    for (const reading of this.toReadings(histories, changes)) readings.push(reading);
    return {
      chunk: {
        range: toTimeRange(interval),
        readings,
        unavailable: missing.map((gap) => ({
          range: toTimeRange(gap),
          reason: 'the recorder of Home Assistant has neither states nor statistics of this time',
        })),
      },
      rows: changes.length,
    };
  }

  /**
   * Attributes make history five times as large, and the unit is all that is needed of them. So they are read at both
   * ends of the chunk, and throughout only for entities whose unit differs there.
   */
  private async readStates(interval: Interval): Promise<Map<string, EntityHistory>> {
    const { entityIds } = this.sources;
    const unitsAtStart = this.unitsAtStart ?? (await this.unitsAt(interval.fromMs));
    const unitsAtEnd = await this.unitsAt(interval.toMs);
    this.unitsAtStart = unitsAtEnd;
    const isSteady = (entityId: string) => {
      const unit = unitsAtStart.get(entityId);
      return unit !== undefined && unit === unitsAtEnd.get(entityId);
    };
    const read = (ids: string[], withAttributes: boolean) =>
      readStateHistory(this.connection, { entityIds: ids, interval, withAttributes }, this.signal);
    const steady = await read(entityIds.filter(isSteady), false);
    for (const [entityId, { atStart, changes }] of steady) {
      const attributes = { unit_of_measurement: unitsAtEnd.get(entityId) };
      for (const state of atStart ? [atStart, ...changes] : changes) state.attributes = attributes;
    }
    const others = await read(
      entityIds.filter((entityId) => !isSteady(entityId)),
      true,
    );
    return new Map([...steady, ...others]);
  }

  private async unitsAt(atMs: number): Promise<Map<string, string | undefined>> {
    const { entityIds } = this.sources;
    const histories = await readStateHistory(
      this.connection,
      { entityIds, interval: { fromMs: atMs, toMs: atMs }, withAttributes: true },
      this.signal,
    );
    return new Map(
      entityIds.map((entityId) => {
        const attributes = histories.get(entityId)?.atStart?.attributes;
        return [entityId, attributes ? unitOf({ attributes }) : undefined];
      }),
    );
  }

  private *toReadings(
    histories: ReadonlyMap<string, EntityHistory>,
    changes: readonly HistoricalState[],
  ): Generator<MeterReading> {
    const states = new Map<string, EntityState>();
    for (const [entityId, { atStart }] of histories) {
      if (atStart) states.set(entityId, this.entityState(atStart));
    }
    for (const change of changes) {
      states.set(change.entityId, this.entityState(change));
      const reading = this.sources.toReading({
        at: change.lastUpdatedAt,
        states,
        changedEntityIds: new Set([change.entityId]),
        averagedOverS: 0,
      });
      if (reading) yield reading;
    }
  }

  private entityState(state: HistoricalState): EntityState {
    // Old recorders store no attributes: then the unit of now is the best there is.
    const attributes = state.attributes ?? this.now.get(state.entityId)?.attributes ?? {};
    return { ...state, attributes, lastReportedAt: null };
  }

  /** From statistics, finest first, where there is no history. */
  private async readMeans(interval: Interval): Promise<{ readings: MeterReading[]; missing: Interval[] }> {
    const used: { bucket: StatisticsBucket; seconds: number }[] = [];
    let missing = interval.toMs > interval.fromMs ? [interval] : [];
    for (const period of STATISTICS_PERIODS) {
      if (missing.length === 0) break;
      const { entityIds } = this.sources;
      const buckets = await readStatistics(this.connection, { entityIds, interval, period }, this.signal);
      const taken = used.map(({ bucket }) => bucket);
      for (const bucket of buckets) {
        if (!taken.some((other) => overlaps(bucket, other))) used.push({ bucket, seconds: period.seconds });
      }
      missing = uncovered(
        interval,
        used.map(({ bucket }) => bucket),
      );
    }
    used.sort((a, b) => a.bucket.toMs - b.bucket.toMs);
    const readings = used.flatMap(({ bucket, seconds }) => this.meanReading(bucket, seconds) ?? []);
    return { readings, missing };
  }

  private meanReading({ toMs, states }: StatisticsBucket, averagedOverS: number): MeterReading | null {
    const change: StateChange = {
      at: new Date(toMs),
      states,
      changedEntityIds: new Set(states.keys()),
      averagedOverS,
    };
    return this.sources.toReading(change);
  }
}
