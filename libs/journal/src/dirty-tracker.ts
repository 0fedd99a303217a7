import { bucketStart, BUCKET_MS } from './buckets';
import { Database, Statement } from './database';
import { Meta } from './meta';
import { StoredListener } from './sample-writer';

/** Two whole numbers in one: series ids stay far below a million. */
const SERIES_LIMIT = 2 ** 20;

/** Notes which finished buckets a late value reaches into; live values cost nothing, as theirs are not finished yet. */
export class DirtyTracker implements StoredListener {
  readonly #meta: Meta;
  readonly #holdMs: number;
  readonly #insert: Statement;
  #pending = new Set<number>();
  #fresh = true;

  constructor(database: Database, meta: Meta, holdMs: number) {
    this.#meta = meta;
    this.#holdMs = holdMs;
    this.#insert = database.prepare('INSERT OR IGNORE INTO dirty_bucket VALUES (?, ?)');
    database.addHooks({
      beforeCommit: () => this.#save(),
      invalidate: () => {
        this.#pending.clear();
        this.#fresh = true;
      },
    });
  }

  onStored(seriesId: number, atMs: number, averagedOverMs: number): void {
    const settledUntilMs = this.#meta.get('settledUntilMs') ?? -Infinity;
    const fromMs = atMs - averagedOverMs;
    const toMs = atMs + this.#holdMs;
    if (toMs >= settledUntilMs) this.#fresh = true;
    const dirtyUntilMs = Math.min(toMs, settledUntilMs);
    for (let startMs = bucketStart(fromMs); startMs < dirtyUntilMs; startMs += BUCKET_MS) {
      this.#pending.add((startMs / BUCKET_MS) * SERIES_LIMIT + seriesId);
    }
  }

  /** Whether there may be something after the watermark that is not rolled up. */
  get hasFresh(): boolean {
    return this.#fresh;
  }

  noteSettled(): void {
    this.#fresh = false;
  }

  #save(): void {
    for (const key of this.#pending) {
      this.#insert.run(key % SERIES_LIMIT, Math.floor(key / SERIES_LIMIT) * BUCKET_MS);
    }
    this.#pending.clear();
  }
}
