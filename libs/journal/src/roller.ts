import { Clock } from '@smart-meter/meter-adapter';
import { Bucket, bucketStart, BUCKET_MS, combineBuckets, toBuckets } from './buckets';
import { coverage, TimedValue } from './coverage';
import { Database, Statement } from './database';
import { DirtyTracker } from './dirty-tracker';
import { LocalCalendar } from './local-calendar';
import { Meta } from './meta';
import { RollupStore } from './rollup-store';
import { isPower, SeriesCatalogue } from './series';

type SampleRow = readonly [atMs: number, averagedOverMs: number, value: number | null];
type DirtyRow = readonly [seriesId: number, startMs: number];

/** So much is rolled up per transaction: some milliseconds of work. */
const FORWARD_STEP_MS = 12 * BUCKET_MS;
const DIRTY_PER_STEP = 400;
const DAYS_PER_STEP = 20;

export interface RollerParts {
  database: Database;
  clock: Clock;
  calendar: LocalCalendar;
  catalogue: SeriesCatalogue;
  meta: Meta;
  rollups: RollupStore;
  tracker: DirtyTracker;
  holdMs: number;
}

/**
 * Keeps the roll-ups true to the raw samples. Up to a watermark every bucket is rolled up or listed as dirty;
 * what is after it, the unfinished bucket included, is rolled up with each run. Both are in the same file as
 * the samples and change in the same transactions, so that a crash leaves nothing to guess.
 */
export class Roller {
  readonly #parts: RollerParts;
  readonly #samples: Statement;
  readonly #nextSample: Statement;
  readonly #dirty: Statement;
  readonly #dirtyOf: Statement;
  readonly #clean: Statement;
  readonly #dirtyDays: Statement;
  readonly #dirtyDaysOf: Statement;
  readonly #cleanDay: Statement;
  readonly #addDirtyDay: Statement;

  constructor(parts: RollerParts) {
    this.#parts = parts;
    const { database } = parts;
    this.#samples = database.prepare(
      `SELECT at_ms, averaged_over_ms, value FROM sample
       WHERE series_id = ? AND at_ms >= ? AND at_ms < ? ORDER BY at_ms, averaged_over_ms`,
    );
    this.#nextSample = database.prepare(
      'SELECT at_ms FROM sample WHERE series_id = ? AND at_ms >= ? ORDER BY at_ms LIMIT 1',
    );
    const order = `ORDER BY series_id, start_ms LIMIT`;
    const ofSeries = 'WHERE series_id = ? AND start_ms >= ? AND start_ms < ?';
    this.#dirty = database.prepare(`SELECT series_id, start_ms FROM dirty_bucket ${order} ${DIRTY_PER_STEP}`);
    this.#dirtyOf = database.prepare(
      `SELECT series_id, start_ms FROM dirty_bucket ${ofSeries} ${order} ${DIRTY_PER_STEP}`,
    );
    this.#clean = database.prepare('DELETE FROM dirty_bucket WHERE series_id = ? AND start_ms = ?');
    this.#dirtyDays = database.prepare(`SELECT series_id, start_ms FROM dirty_day ${order} ${DAYS_PER_STEP}`);
    this.#dirtyDaysOf = database.prepare(
      `SELECT series_id, start_ms FROM dirty_day ${ofSeries} ${order} ${DAYS_PER_STEP}`,
    );
    this.#cleanDay = database.prepare('DELETE FROM dirty_day WHERE series_id = ? AND start_ms = ?');
    this.#addDirtyDay = database.prepare('INSERT OR IGNORE INTO dirty_day VALUES (?, ?)');
  }

  /** Sets the first watermark; lists hours and days for rebuilding where the home's zone is another than before. */
  prepare(): void {
    const { database, meta, clock, calendar } = this.#parts;
    database.transaction(() => {
      if (meta.get('settledUntilMs') === undefined) {
        meta.set('settledUntilMs', bucketStart(clock.now().getTime()));
      }
      const before = meta.get('timeZone') ?? calendar.timeZone;
      if (before !== calendar.timeZone) this.#forgetCalendar();
      if (before !== calendar.timeZone || meta.get('daysToCheck')) this.#listAllDays();
      meta.set('timeZone', calendar.timeZone);
      meta.set('daysToCheck', 0);
    });
  }

  /** One bounded piece of work, in one transaction. @returns whether there was any */
  step(): boolean {
    return this.#tidyDays() || this.#forward() || this.#tidy();
  }

  /** All that the roll-ups of one series in a stretch depend on. */
  settle(seriesId: number, fromMs: number, toMs: number): void {
    // Hours and days are summed from more than the stretch itself.
    const marginMs = 2 * 86_400_000;
    const stretch = [seriesId, fromMs - marginMs, toMs + marginMs] as const;
    while (toMs > (this.#parts.meta.get('settledUntilMs') ?? 0) && this.#forward());
    while (this.#tidy(stretch));
    while (this.#tidyDays(stretch));
  }

  /** Rolls up from the watermark on; leaves the watermark at the bucket that is not finished yet. */
  #forward(): boolean {
    const { database, meta, clock, catalogue, tracker } = this.#parts;
    const nowMs = clock.now().getTime();
    const unfinishedMs = bucketStart(nowMs);
    const fromMs = meta.get('settledUntilMs') ?? unfinishedMs;
    if (fromMs > unfinishedMs || (fromMs === unfinishedMs && !tracker.hasFresh)) return false;
    return database.transaction(() => {
      const toMs = Math.min(fromMs + FORWARD_STEP_MS, unfinishedMs + BUCKET_MS);
      for (const { id } of catalogue.list()) this.#roll(id, fromMs, toMs, nowMs);
      const settledUntilMs = toMs > unfinishedMs ? unfinishedMs : this.#skipSilence(toMs, unfinishedMs);
      meta.set('settledUntilMs', settledUntilMs);
      if (settledUntilMs === unfinishedMs) tracker.noteSettled();
      return true;
    });
  }

  /** Where there is something again after a silence; the service may have been off for months. */
  #skipSilence(fromMs: number, unfinishedMs: number): number {
    const { catalogue, holdMs } = this.#parts;
    let nextMs = unfinishedMs;
    for (const { id } of catalogue.list()) {
      const longestMs = catalogue.longestAverageMs(id);
      const [atMs] = this.#nextSample.get<[number]>(id, fromMs - holdMs) ?? [Infinity];
      nextMs = Math.min(nextMs, atMs - longestMs);
    }
    return Math.max(fromMs, bucketStart(nextMs));
  }

  #tidy(stretch?: readonly [number, number, number]): boolean {
    const { database, clock, meta } = this.#parts;
    const rows = stretch ? this.#dirtyOf.all<DirtyRow>(...stretch) : this.#dirty.all<DirtyRow>();
    if (rows.length === 0) return false;
    database.transaction(() => {
      // Dirty buckets are finished ones, even where the clock has been set back since.
      const untilMs = Math.max(clock.now().getTime(), meta.get('settledUntilMs') ?? 0);
      for (const { seriesId, fromMs, toMs } of runs(rows)) this.#roll(seriesId, fromMs, toMs, untilMs);
      for (const [seriesId, startMs] of rows) this.#clean.run(seriesId, startMs);
    });
    return true;
  }

  #tidyDays(stretch?: readonly [number, number, number]): boolean {
    const { database, calendar } = this.#parts;
    const rows = stretch ? this.#dirtyDaysOf.all<DirtyRow>(...stretch) : this.#dirtyDays.all<DirtyRow>();
    if (rows.length === 0) return false;
    database.transaction(() => {
      for (const [seriesId, startMs] of rows) {
        const hourStartsMs = calendar.hourStartsOf(calendar.dayOf(startMs));
        this.#combine(seriesId, hourStartsMs, { onlyMore: true });
        this.#cleanDay.run(seriesId, startMs);
      }
    });
    return true;
  }

  /** Makes the buckets of a stretch anew from the raw samples, and the hours and days that they belong to. */
  #roll(seriesId: number, fromMs: number, toMs: number, untilMs: number): void {
    const { catalogue, rollups, meta, calendar } = this.#parts;
    // A counter says nothing of the time between two of its values.
    const holdMs = isPower(catalogue.byId(seriesId).quantity) ? this.#parts.holdMs : 0;
    const lookaheadMs = catalogue.longestAverageMs(seriesId);
    const samples: TimedValue[] = this.#samples
      .all<SampleRow>(seriesId, fromMs - holdMs, toMs + lookaheadMs)
      .map(([atMs, averagedOverMs, value]) => ({ atMs, averagedOverMs, value }));
    const before = new Map(
      rollups.range(seriesId, '5m', fromMs, toMs).map((bucket) => [bucket.startMs, bucket]),
    );
    if (samples.length === 0 && before.size === 0) return;
    const after = toBuckets(samples, coverage(samples, holdMs, untilMs), fromMs, toMs);
    const purgedBeforeMs = meta.get('purgedBeforeMs') ?? -Infinity;
    const mayReplace = (old: Bucket | undefined, bucket?: Bucket) =>
      old === undefined || old.startMs >= purgedBeforeMs || (bucket !== undefined && saysMore(bucket, old));
    const changed: number[] = [];
    for (const bucket of after) {
      if (mayReplace(before.get(bucket.startMs), bucket)) {
        rollups.put(seriesId, '5m', bucket);
        changed.push(bucket.startMs);
      }
      before.delete(bucket.startMs);
    }
    for (const old of before.values()) {
      if (mayReplace(old)) {
        rollups.remove(seriesId, '5m', old.startMs);
        changed.push(old.startMs);
      }
    }
    this.#combine(seriesId, new Set(changed.map((startMs) => calendar.hourOf(startMs).startMs)));
  }

  /** Makes hours anew from their buckets of five minutes, and days from their hours. */
  #combine(seriesId: number, hourStartsMs: Iterable<number>, { onlyMore = false } = {}): void {
    const { rollups, calendar } = this.#parts;
    const days = new Set<number>();
    for (const hourStartMs of hourStartsMs) {
      const { startMs, endMs } = calendar.hourOf(hourStartMs);
      this.#replace(seriesId, 'hour', startMs, rollups.range(seriesId, '5m', startMs, endMs), onlyMore);
      days.add(calendar.dayOf(startMs).startMs);
    }
    for (const dayStartMs of days) {
      const { startMs, endMs } = calendar.dayOf(dayStartMs);
      this.#replace(seriesId, 'day', startMs, rollups.range(seriesId, 'hour', startMs, endMs), onlyMore);
    }
  }

  #replace(
    seriesId: number,
    resolution: 'hour' | 'day',
    startMs: number,
    parts: readonly Bucket[],
    onlyMore: boolean,
  ): void {
    const { rollups } = this.#parts;
    const bucket = combineBuckets(startMs, parts);
    const [old] = onlyMore ? rollups.range(seriesId, resolution, startMs, startMs + 1) : [];
    if (old !== undefined && (bucket === undefined || !saysMore(bucket, old))) return;
    if (bucket === undefined) rollups.remove(seriesId, resolution, startMs);
    else rollups.put(seriesId, resolution, bucket);
  }

  #forgetCalendar(): void {
    const { catalogue, rollups } = this.#parts;
    for (const { id } of catalogue.list()) {
      rollups.removeAll(id, 'hour');
      rollups.removeAll(id, 'day');
    }
  }

  #listAllDays(): void {
    const { catalogue, rollups, calendar } = this.#parts;
    for (const { id } of catalogue.list()) {
      const extent = rollups.extent(id, '5m');
      if (extent === undefined) continue;
      for (
        let day = calendar.dayOf(extent.firstMs);
        day.startMs <= extent.lastMs;
        day = calendar.dayOf(day.endMs)
      ) {
        this.#addDirtyDay.run(id, day.startMs);
      }
    }
  }
}

function saysMore(a: Bucket, b: Bucket): boolean {
  return a.coveredMs > b.coveredMs || (a.coveredMs === b.coveredMs && a.sampleCount > b.sampleCount);
}

/** Consecutive buckets of one series as one stretch. */
function runs(rows: readonly DirtyRow[]): { seriesId: number; fromMs: number; toMs: number }[] {
  const stretches: { seriesId: number; fromMs: number; toMs: number }[] = [];
  for (const [seriesId, startMs] of rows) {
    const last = stretches.at(-1);
    if (last?.seriesId === seriesId && last.toMs === startMs) last.toMs += BUCKET_MS;
    else stretches.push({ seriesId, fromMs: startMs, toMs: startMs + BUCKET_MS });
  }
  return stretches;
}
