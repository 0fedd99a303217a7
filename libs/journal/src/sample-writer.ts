import {
  HOME_QUANTITIES,
  MeterError,
  MeterReading,
  Provenance,
  PROVENANCES,
} from '@smart-meter/meter-adapter';
import { Database, Statement } from './database';
import { SeriesCatalogue } from './series';

/** A month: no source averages over longer. */
const LONGEST_AVERAGE_S = 31 * 86_400;

export interface StoredCounts {
  /** Readings taken. */
  readings: number;
  /** Values that are new, or that replaced a lesser one of the same instant. */
  stored: number;
  /** Values that were there already, or that a better one of the same instant stands for. */
  unchanged: number;
  /** Cached and mock readings left out: they are not measurements. */
  skippedReadings: number;
}

/** Is told of every value that was stored, to keep the roll-ups right. */
export interface StoredListener {
  onStored(seriesId: number, atMs: number, averagedOverMs: number): void;
}

/**
 * Writes readings as samples. At one instant a live value stands above a backfilled one,
 * a known one above an unknown one of the same provenance, and else the later told above the earlier.
 */
export class SampleWriter {
  readonly #series: SeriesCatalogue;
  readonly #listener: StoredListener;
  readonly #upsert: Statement;

  constructor(database: Database, series: SeriesCatalogue, listener: StoredListener) {
    this.#series = series;
    this.#listener = listener;
    this.#upsert = database.prepare(
      `INSERT INTO sample (series_id, at_ms, averaged_over_ms, value, provenance) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET value = excluded.value, provenance = excluded.provenance
       WHERE excluded.provenance < provenance
          OR (excluded.provenance = provenance AND excluded.value IS NOT NULL AND excluded.value IS NOT value)`,
    );
  }

  /** Within a transaction of the caller. Throws `MeterError('malformed_response')` for a reading without a valid time. */
  write(readings: readonly MeterReading[], unmeasured: readonly Provenance[]): StoredCounts {
    const counts: StoredCounts = { readings: 0, stored: 0, unchanged: 0, skippedReadings: 0 };
    for (const reading of readings) {
      const measured = reading.provenance === 'live' || reading.provenance === 'backfill';
      if (!measured && !unmeasured.includes(reading.provenance)) counts.skippedReadings += 1;
      else this.#writeReading(reading, counts);
    }
    return counts;
  }

  #writeReading(reading: MeterReading, counts: StoredCounts): void {
    const { meterId, circuits } = reading;
    const atMs = reading.observedAt.getTime();
    const averagedOverMs = Math.round(reading.averagedOverS * 1000);
    const provenance = PROVENANCES.indexOf(reading.provenance);
    checkReading(reading, provenance);
    const write = (seriesId: number, value: number | null) => {
      if (
        this.#upsert.run(seriesId, atMs, averagedOverMs, Number.isFinite(value) ? value : null, provenance)
      ) {
        counts.stored += 1;
        if (averagedOverMs > 0) this.#series.noteAverage(seriesId, averagedOverMs);
        this.#listener.onStored(seriesId, atMs, averagedOverMs);
      } else counts.unchanged += 1;
    };
    for (const quantity of HOME_QUANTITIES) {
      const value = reading[quantity];
      if (value !== undefined) write(this.#series.homeSeriesId(meterId, quantity), value);
    }
    for (const circuit of circuits) {
      write(this.#series.circuitSeriesId(meterId, 'circuitPowerW', circuit, atMs), circuit.powerW);
      if (circuit.dailyKwh !== undefined) {
        write(this.#series.circuitSeriesId(meterId, 'circuitDailyKwh', circuit, atMs), circuit.dailyKwh);
      }
    }
    counts.readings += 1;
  }
}

function checkReading({ observedAt, averagedOverS, meterId }: MeterReading, provenance: number): void {
  let fault: string | undefined;
  if (!(observedAt.getTime() >= 0)) fault = 'observedAt: expected a date from 1970 on';
  else if (!(averagedOverS >= 0 && averagedOverS <= LONGEST_AVERAGE_S)) {
    fault = `averagedOverS: expected 0 to ${LONGEST_AVERAGE_S} seconds, got ${averagedOverS}`;
  } else if (provenance < 0) fault = `provenance: expected one of ${PROVENANCES.join(', ')}`;
  if (fault === undefined) return;
  throw new MeterError('malformed_response', `a reading of meter ${meterId} cannot be kept: ${fault}`);
}
