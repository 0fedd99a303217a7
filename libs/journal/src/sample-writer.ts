import {
  HOME_QUANTITIES,
  MeterError,
  MeterReading,
  Provenance,
  PROVENANCES,
} from '@smart-meter/meter-adapter';
import { Database, Statement } from './database';
import { CIRCUIT_QUANTITIES, SeriesCatalogue } from './series';
import { WithheldValues } from './withheld-values';

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

/** What the values of one reading have in common. */
interface Instant {
  atMs: number;
  averagedOverMs: number;
  provenance: number;
}

/**
 * Writes readings as samples. At one instant a known value stands above an unknown one, a live one above a
 * backfilled one, and else the later told above the earlier.
 */
export class SampleWriter {
  readonly #series: SeriesCatalogue;
  readonly #listener: StoredListener;
  readonly #upsert: Statement;
  readonly #better: Statement;

  constructor(database: Database, series: SeriesCatalogue, listener: StoredListener) {
    this.#series = series;
    this.#listener = listener;
    this.#upsert = database.prepare(
      `INSERT INTO sample (series_id, at_ms, averaged_over_ms, value, provenance) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET value = excluded.value, provenance = excluded.provenance
       WHERE (excluded.value IS NULL, excluded.provenance) < (value IS NULL, provenance)
          OR (excluded.provenance = provenance AND excluded.value <> value)`,
    );
    this.#better = database.prepare(
      `SELECT 1 FROM sample WHERE series_id = ? AND at_ms = ? AND value IS NOT NULL
         AND (provenance, averaged_over_ms) < (?, ?) LIMIT 1`,
    );
  }

  /**
   * Within a transaction of the caller. Throws `MeterError('malformed_response')` for a reading without a valid time.
   * @param onWritten is given each reading that was taken, as `AppendBatch.encode` wants it
   */
  write(
    readings: readonly MeterReading[],
    unmeasured: readonly Provenance[],
    onWritten?: (reading: MeterReading) => void,
  ): StoredCounts {
    const counts: StoredCounts = { readings: 0, stored: 0, unchanged: 0, skippedReadings: 0 };
    for (const reading of readings) {
      const { provenance } = reading;
      if (provenance !== 'live' && provenance !== 'backfill' && !unmeasured.includes(provenance)) {
        counts.skippedReadings += 1;
        continue;
      }
      const toTell = this.#writeReading(reading, counts, onWritten !== undefined);
      onWritten?.(toTell);
    }
    return counts;
  }

  /** @returns the reading, without the values of a backfilled one that another fact of the same instant stands for */
  #writeReading(reading: MeterReading, counts: StoredCounts, isTold: boolean): MeterReading {
    const { meterId, circuits } = reading;
    const instant: Instant = {
      atMs: reading.observedAt.getTime(),
      averagedOverMs: Math.round(reading.averagedOverS * 1000),
      provenance: PROVENANCES.indexOf(reading.provenance),
    };
    checkReading(reading, instant.provenance);
    const withheld = isTold && reading.provenance === 'backfill' ? new WithheldValues(reading) : undefined;
    const write = (seriesId: number, value: number | null): boolean => {
      const isStored = this.#write(seriesId, instant, value);
      if (isStored) counts.stored += 1;
      else counts.unchanged += 1;
      return isStored && (withheld === undefined || !this.#hasBetter(seriesId, instant));
    };
    for (const quantity of HOME_QUANTITIES) {
      const value = reading[quantity];
      if (value === undefined) continue;
      if (!write(this.#series.homeSeriesId(meterId, quantity), value)) withheld?.home.add(quantity);
    }
    for (const circuit of circuits) {
      const [power, energy] = CIRCUIT_QUANTITIES;
      const { powerW, dailyKwh } = circuit;
      if (!write(this.#series.circuitSeriesId(meterId, power, circuit, instant.atMs), powerW)) {
        withheld?.powers.add(circuit);
      }
      if (dailyKwh === undefined) continue;
      if (!write(this.#series.circuitSeriesId(meterId, energy, circuit, instant.atMs), dailyKwh)) {
        withheld?.energies.add(circuit);
      }
    }
    counts.readings += 1;
    return withheld?.rest() ?? reading;
  }

  #write(seriesId: number, { atMs, averagedOverMs, provenance }: Instant, value: number | null): boolean {
    const known = Number.isFinite(value) ? value : null;
    if (this.#upsert.run(seriesId, atMs, averagedOverMs, known, provenance) === 0) return false;
    if (averagedOverMs > 0) this.#series.noteAverage(seriesId, averagedOverMs);
    this.#listener.onStored(seriesId, atMs, averagedOverMs);
    return true;
  }

  /** Whether a live value, or a finer average, is known at the instant. */
  #hasBetter(seriesId: number, { atMs, averagedOverMs, provenance }: Instant): boolean {
    return this.#better.get(seriesId, atMs, provenance, averagedOverMs) !== undefined;
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
