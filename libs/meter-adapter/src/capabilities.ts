import { MeterError } from './meter-error';
import { MeterReading } from './reading';

/** A meter that can be asked what the home draws now. Every adapter is one. */
export interface MeterAdapter {
  /** The kind of meter: `home_assistant`, `emporia`, `sense`, `shelly`, ... */
  readonly meterType: string;
  /** Stable id of this meter in this installation. */
  readonly meterId: string;
  /**
   * Whether the meter can be read with these settings.
   * Never throws for what it is there to find out: the answer says what is wrong and what to do.
   */
  testConnection(signal: AbortSignal): Promise<ConnectionTest>;
  /** What is in force now. Throws `MeterError`. */
  fetchConsumption(signal: AbortSignal): Promise<PolledReading>;
  /** Releases sockets and timers; safe to call twice. */
  close(): Promise<void>;
}

export type ConnectionTest =
  { ok: true; detail: string; warnings: string[] } | { ok: false; detail: string; error: MeterError };

/** A reading with what a user should know about it. */
export interface PolledReading {
  reading: MeterReading;
  /** What is odd but not an error, a sentence each. */
  warnings: string[];
  /** Sources that have not been heard of for too long. */
  stale: StaleSource[];
}

export interface StaleSource {
  sourceId: string;
  lastReportedAt: Date;
}

/** A meter that tells changes as they happen. */
export interface StreamingMeter {
  /**
   * Follows the meter over one connection and hands every change to the listener, in order.
   * Resolves when the signal aborts; otherwise rejects with the `MeterError` that ended the connection.
   * `keepStreaming` reconnects.
   */
  stream(listener: StreamListener, signal: AbortSignal): Promise<void>;
}

export interface StreamListener {
  /** From now on changes arrive; what happened since the last connection ended may be missing. */
  onConnected(): void;
  onReading(reading: MeterReading): void;
}

/** A meter that remembers. */
export interface HistoricalMeter {
  /** What the source keeps, finest first. */
  readonly historyLimits: readonly HistoryLimit[];
  /**
   * Readings with `from < observedAt <= to`, oldest first, `provenance: 'backfill'`, chunk by chunk so that
   * an interrupted run can go on at the last chunk's `to`. Every part of the range is in exactly one chunk.
   * Throws `MeterError`.
   */
  fetchHistory(range: TimeRange, signal: AbortSignal): AsyncIterable<HistoryChunk>;
}

export interface HistoryLimit {
  /** Spacing or averaging interval of the records, s; 0 = every change. */
  resolutionS: number;
  /** How far back it reaches, ms; null = for ever. */
  keptForMs: number | null;
}

/** Half-open: `from` excluded, `to` included. */
export interface TimeRange {
  from: Date;
  to: Date;
}

export interface HistoryChunk {
  /** The part of the asked range that this chunk speaks for. */
  range: TimeRange;
  /** May be empty: the source has nothing there. */
  readings: MeterReading[];
  /** Parts of `range` that the source does not have and never will. */
  unavailable: { range: TimeRange; reason: string }[];
}

/** A meter that can say which entity or channel it uses for what, and why. */
export interface DescribesSources {
  describeSources(signal: AbortSignal): Promise<SourceDescription[]>;
}

export const SOURCE_ROLES = ['home', 'daily_energy', 'grid', 'solar', 'battery', 'circuit', 'none'] as const;
export type SourceRole = (typeof SOURCE_ROLES)[number];

export interface SourceDescription {
  /** Entity id, channel or device address, as the source names it. */
  sourceId: string;
  name: string;
  role: SourceRole;
  /** One sentence: why it has this role, or why it was passed over. */
  reason: string;
  /** The unit that the source reports in. */
  unit?: string;
  /** The circuit id that its readings carry. */
  circuitId?: string;
  parentId?: string;
  /** Area, device, manufacturer, ... as far as known. */
  metadata?: Readonly<Record<string, string>>;
}

export function isStreamingMeter(meter: object): meter is StreamingMeter {
  return 'stream' in meter && typeof meter.stream === 'function';
}

export function isHistoricalMeter(meter: object): meter is HistoricalMeter {
  return 'fetchHistory' in meter && typeof meter.fetchHistory === 'function';
}

export function describesSources(meter: object): meter is DescribesSources {
  return 'describeSources' in meter && typeof meter.describeSources === 'function';
}
