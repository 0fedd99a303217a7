import { MeterReading } from '@smart-meter/meter-adapter';

/** A stretch of time: `from` included, `to` excluded. */
export interface Period {
  from: Date;
  to: Date;
}

/** Where readings can be read back from. */
export interface ReadingSource {
  /**
   * Readings of a period, oldest first, read on as they are asked for: memory stays flat.
   * Throws `MeterError`; rejects with the signal's reason when it aborts.
   */
  readings(period: Period, signal: AbortSignal): AsyncGenerator<MeterReading, void, undefined>;
}

/** A state change of the home as a database keeps it. Nothing is interpreted: states come in every shape. */
export interface StoredHomeEvent {
  entityId: string;
  at: Date;
  state: unknown;
  /** undefined where the database does not know. */
  previousState?: unknown;
  attributes?: Readonly<Record<string, unknown>>;
}

/** Where home events can be read back from. */
export interface HomeEventSource {
  /** Events of a period, oldest first. Throws `MeterError`. */
  events(period: Period, signal: AbortSignal): AsyncGenerator<StoredHomeEvent, void, undefined>;
}
