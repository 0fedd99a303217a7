import { Bucket } from './buckets';
import { Database, Statement } from './database';

export const RESOLUTIONS = ['5m', 'hour', 'day'] as const;
/** Five minutes of UTC; an hour or a day of the home's wall clock. */
export type Resolution = (typeof RESOLUTIONS)[number];

const CODES: Record<Resolution, number> = { '5m': 300, hour: 3_600, day: 86_400 };

type BucketRow = readonly [
  startMs: number,
  sampleCount: number,
  coveredMs: number,
  mean: number,
  min: number,
  max: number,
  negativeMean: number,
  lastValue: number | null,
  lastOffsetMs: number | null,
];

/** The rows of the roll-ups, of all resolutions. */
export class RollupStore {
  readonly #upsert: Statement;
  readonly #range: Statement;
  readonly #remove: Statement;
  readonly #removeResolution: Statement;
  readonly #extent: Statement;

  constructor(database: Database) {
    this.#upsert = database.prepare('INSERT OR REPLACE INTO rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#range = database.prepare(
      `SELECT start_ms, sample_count, covered_ms, mean, min, max, negative_mean, last_value, last_offset_ms
       FROM rollup WHERE series_id = ? AND resolution = ? AND start_ms >= ? AND start_ms < ? ORDER BY start_ms`,
    );
    this.#remove = database.prepare(
      'DELETE FROM rollup WHERE series_id = ? AND resolution = ? AND start_ms = ?',
    );
    this.#removeResolution = database.prepare('DELETE FROM rollup WHERE series_id = ? AND resolution = ?');
    this.#extent = database.prepare(
      `SELECT min(start_ms), max(start_ms) FROM rollup WHERE series_id = ? AND resolution = ?`,
    );
  }

  /** Buckets that start in the stretch, oldest first. */
  range(seriesId: number, resolution: Resolution, fromMs: number, toMs: number): Bucket[] {
    return this.#range
      .all<BucketRow>(seriesId, CODES[resolution], fromMs, toMs)
      .map(([startMs, sampleCount, coveredMs, mean, min, max, negativeMean, lastValue, lastOffsetMs]) => ({
        startMs,
        sampleCount,
        coveredMs,
        mean,
        min,
        max,
        negativeMean,
        lastValue,
        lastOffsetMs,
      }));
  }

  put(seriesId: number, resolution: Resolution, bucket: Bucket): void {
    this.#upsert.run(
      seriesId,
      CODES[resolution],
      bucket.startMs,
      bucket.sampleCount,
      bucket.coveredMs,
      bucket.mean,
      bucket.min,
      bucket.max,
      bucket.negativeMean,
      bucket.lastValue,
      bucket.lastOffsetMs,
    );
  }

  remove(seriesId: number, resolution: Resolution, startMs: number): void {
    this.#remove.run(seriesId, CODES[resolution], startMs);
  }

  removeAll(seriesId: number, resolution: Resolution): void {
    this.#removeResolution.run(seriesId, CODES[resolution]);
  }

  /** Where the first and the last bucket of a series start. */
  extent(seriesId: number, resolution: Resolution): { firstMs: number; lastMs: number } | undefined {
    const [firstMs, lastMs] =
      this.#extent.get<[number | null, number | null]>(seriesId, CODES[resolution]) ?? [];
    return typeof firstMs === 'number' && typeof lastMs === 'number' ? { firstMs, lastMs } : undefined;
  }
}
