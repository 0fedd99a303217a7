import { Clock } from '@smart-meter/meter-adapter';
import { bucketStart } from './buckets';
import { Database, Statement } from './database';
import { Meta } from './meta';
import { SeriesCatalogue } from './series';

const DAY_MS = 86_400_000;
const ROWS_PER_STEP = 2_000;
/** The file is made smaller when more than this is empty, and then bit by bit. */
const EMPTY_PAGES_KEPT = 4_096;
const PAGES_PER_STEP = 500;

export interface RetentionParts {
  database: Database;
  clock: Clock;
  catalogue: SeriesCatalogue;
  meta: Meta;
  holdMs: number;
  retentionDays: number;
}

/** Lets go of raw samples that are old and rolled up, and gives empty room back to the disk. */
export class Retention {
  readonly #parts: RetentionParts;
  readonly #firstDirty: Statement;
  readonly #bound: Statement;
  readonly #remove: Statement;
  readonly #emptyPages: Statement;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    const { database } = parts;
    this.#firstDirty = database.prepare('SELECT min(start_ms) FROM dirty_bucket WHERE series_id = ?');
    this.#bound = database.prepare(
      `SELECT max(at_ms) FROM (SELECT at_ms FROM sample WHERE series_id = ? AND at_ms < ? ORDER BY at_ms LIMIT ${ROWS_PER_STEP})`,
    );
    this.#remove = database.prepare('DELETE FROM sample WHERE series_id = ? AND at_ms <= ?');
    this.#emptyPages = database.prepare('PRAGMA freelist_count');
  }

  /** One bounded piece of work. @returns whether there was any */
  step(): boolean {
    return this.#purge() || this.#shrink();
  }

  #purge(): boolean {
    const { database, clock, catalogue, meta, holdMs, retentionDays } = this.#parts;
    const oldestKeptMs = clock.now().getTime() - retentionDays * DAY_MS;
    const rolledUpMs = (meta.get('settledUntilMs') ?? 0) - holdMs;
    const cutoffMs = bucketStart(Math.min(oldestKeptMs, rolledUpMs));
    for (const { id } of catalogue.list()) {
      const [firstDirtyMs] = this.#firstDirty.get<[number | null]>(id) ?? [null];
      const purgeBeforeMs = Math.min(cutoffMs, (firstDirtyMs ?? Infinity) - holdMs);
      const [lastMs] = this.#bound.get<[number | null]>(id, purgeBeforeMs) ?? [null];
      if (lastMs === null) continue;
      database.transaction(() => {
        // An instant holds on beyond the cut: buckets that it reached into cannot be made anew either.
        meta.set('purgedBeforeMs', Math.max(lastMs + holdMs, meta.get('purgedBeforeMs') ?? 0));
        this.#remove.run(id, lastMs);
      });
      return true;
    }
    return false;
  }

  #shrink(): boolean {
    const [emptyPages] = this.#emptyPages.get<[number]>() ?? [0];
    if (emptyPages <= EMPTY_PAGES_KEPT) return false;
    this.#parts.database.exec(`PRAGMA incremental_vacuum(${PAGES_PER_STEP})`);
    return true;
  }
}
