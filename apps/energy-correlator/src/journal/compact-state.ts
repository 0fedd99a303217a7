import { gunzipSync, gzipSync } from 'node:zlib';
import { Journal, Statement } from '@smart-meter/journal';

/** JSON values that are large and written often, compressed: the method's state above all. */
export class CompactState {
  readonly #select: Statement;
  readonly #upsert: Statement;

  constructor(journal: Journal) {
    this.#select = journal.prepare('SELECT value FROM correlator_state WHERE key = ?');
    this.#upsert = journal.prepare('INSERT OR REPLACE INTO correlator_state VALUES (?, ?)');
  }

  /** What `set` was last given, or undefined. The caller checks the shape. */
  get(key: string): unknown {
    const row = this.#select.get<[Uint8Array]>(key);
    return row === undefined ? undefined : JSON.parse(gunzipSync(row[0]).toString('utf8'));
  }

  /** In the caller's transaction. */
  set(key: string, value: unknown): void {
    this.#upsert.run(key, gzipSync(JSON.stringify(value), { level: 1 }));
  }
}
