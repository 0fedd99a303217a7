import { statSync } from 'node:fs';
import { Database } from './database';
import { GAP_STATES, GapState } from './gap-store';
import { OutboxStats } from './outbox-entry';
import { Series } from './series';

export interface SeriesStats extends Series {
  /** Raw samples that are still there. */
  samples: number;
  oldest: Date | null;
  newest: Date | null;
}

export interface JournalStats {
  path: string;
  /** The file, its write-ahead log included. */
  bytes: number;
  /** Empty room inside the file, to be used again. */
  emptyBytes: number;
  timeZone: string;
  series: SeriesStats[];
  samples: number;
  rollups: { fiveMinutes: number; hours: number; days: number };
  /** Buckets that late values have made wrong and that are still to be rolled up again. */
  dirtyBuckets: number;
  gaps: Record<GapState, number>;
  outbox: OutboxStats;
}

/** Counts everything there is: takes a while where there is much. */
export function countAll(
  database: Database,
  known: { series: Series[]; outbox: OutboxStats; timeZone: string },
): JournalStats {
  const ofSeries = new Map(
    database
      .prepare('SELECT series_id, count(*), min(at_ms), max(at_ms) FROM sample GROUP BY series_id')
      .all<[number, number, number, number]>()
      .map(([id, samples, oldestMs, newestMs]) => [
        id,
        { samples, oldest: new Date(oldestMs), newest: new Date(newestMs) },
      ]),
  );
  const series = known.series.map((one) => ({
    ...one,
    ...(ofSeries.get(one.id) ?? { samples: 0, oldest: null, newest: null }),
  }));
  const rollups = new Map(
    database.prepare('SELECT resolution, count(*) FROM rollup GROUP BY resolution').all<[number, number]>(),
  );
  const gaps = new Map(
    database.prepare('SELECT state, count(*) FROM gap GROUP BY state').all<[string, number]>(),
  );
  return {
    path: database.path,
    bytes: sizeOf(database.path) + sizeOf(`${database.path}-wal`),
    emptyBytes: number(database, 'PRAGMA freelist_count') * number(database, 'PRAGMA page_size'),
    timeZone: known.timeZone,
    series,
    samples: series.reduce((sum, { samples }) => sum + samples, 0),
    rollups: {
      fiveMinutes: rollups.get(300) ?? 0,
      hours: rollups.get(3_600) ?? 0,
      days: rollups.get(86_400) ?? 0,
    },
    dirtyBuckets: number(database, 'SELECT count(*) FROM dirty_bucket'),
    gaps: Object.fromEntries(GAP_STATES.map((state) => [state, gaps.get(state) ?? 0])) as Record<
      GapState,
      number
    >,
    outbox: known.outbox,
  };
}

/** By its name alone: closing a descriptor of a file that SQLite has open would give up its locks. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function number(database: Database, sql: string): number {
  return database.prepare(sql).get<[number]>()?.[0] ?? 0;
}
