import { Provenance, PROVENANCES } from '@smart-meter/meter-adapter';
import { Database, Statement } from './database';

/** One value of one series. */
export interface Sample {
  atMs: number;
  /** null = the source said that it does not know. */
  value: number | null;
  /** 0 = instantaneous; else the value is the mean of this many seconds up to `atMs`. */
  averagedOverS: number;
  provenance: Provenance;
}

/** `from` included, `to` excluded. */
export interface Period {
  from: Date;
  to: Date;
}

export interface SamplePage {
  samples: Sample[];
  /** Where the next page starts; undefined on the last one. */
  nextCursor?: SampleCursor;
}

/** The last sample of a page: the key that the next page follows. */
export interface SampleCursor {
  atMs: number;
  averagedOverS: number;
}

type SampleRow = readonly [number, number, number | null, number];

const NO_LIMIT = -1;

/** Raw samples of one series. */
export class SampleReader {
  readonly #database: Database;
  readonly #page: Statement;
  readonly #newest: Statement;
  readonly #newestKnown: Statement;
  readonly #oldest: Statement;

  constructor(database: Database) {
    this.#database = database;
    const columns = 'SELECT at_ms, averaged_over_ms, value, provenance FROM sample WHERE series_id = ?1';
    this.#page = database.prepare(
      `${columns} AND (at_ms, averaged_over_ms) > (?2, ?3) AND at_ms < ?4
       ORDER BY at_ms, averaged_over_ms LIMIT ?5`,
    );
    this.#newest = database.prepare(`${columns} ORDER BY at_ms DESC, averaged_over_ms LIMIT 1`);
    this.#newestKnown = database.prepare(
      `${columns} AND value IS NOT NULL ORDER BY at_ms DESC, averaged_over_ms LIMIT 1`,
    );
    this.#oldest = database.prepare(`${columns} ORDER BY at_ms, averaged_over_ms LIMIT 1`);
  }

  /** All samples of a period at once: for charts. */
  range(seriesId: number, period: Period): Sample[] {
    return this.page(seriesId, period, { limit: NO_LIMIT }).samples;
  }

  /** Some samples of a period, oldest first, to go on from at `nextCursor`. */
  page(
    seriesId: number,
    { from, to }: Period,
    { after, limit }: { after?: SampleCursor; limit: number },
  ): SamplePage {
    const afterAtMs = after?.atMs ?? from.getTime();
    // Averages of 0 s are the first of their instant: -1 comes before them.
    const afterAverageMs = after === undefined ? -1 : Math.round(after.averagedOverS * 1000);
    const rows = this.#database.guard(() =>
      this.#page.all<SampleRow>(seriesId, afterAtMs, afterAverageMs, to.getTime(), limit),
    );
    const samples = rows.map(toSample);
    const last = samples.at(-1);
    return last !== undefined && samples.length === limit
      ? { samples, nextCursor: { atMs: last.atMs, averagedOverS: last.averagedOverS } }
      : { samples };
  }

  newest(seriesId: number): Sample | undefined {
    const row = this.#database.guard(() => this.#newest.get<SampleRow>(seriesId));
    return row && toSample(row);
  }

  newestKnown(seriesId: number): Sample | undefined {
    const row = this.#database.guard(() => this.#newestKnown.get<SampleRow>(seriesId));
    return row && toSample(row);
  }

  oldest(seriesId: number): Sample | undefined {
    const row = this.#database.guard(() => this.#oldest.get<SampleRow>(seriesId));
    return row && toSample(row);
  }
}

function toSample([atMs, averagedOverMs, value, provenance]: SampleRow): Sample {
  return {
    atMs,
    value,
    averagedOverS: averagedOverMs / 1000,
    provenance: PROVENANCES[provenance] ?? 'mock',
  };
}
