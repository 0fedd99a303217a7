import { Database, Statement } from './database';

/** Small values that must survive a restart: watermarks, cursors. Stored as JSON. */
export class StateStore {
  readonly #database: Database;
  readonly #select: Statement;
  readonly #upsert: Statement;
  readonly #delete: Statement;

  constructor(database: Database) {
    this.#database = database;
    this.#select = database.prepare('SELECT value FROM state WHERE key = ?');
    this.#upsert = database.prepare('INSERT OR REPLACE INTO state VALUES (?, ?)');
    this.#delete = database.prepare('DELETE FROM state WHERE key = ?');
  }

  /** What `set` was last given, or undefined. The caller checks the shape: an older release may have written it. */
  get(key: string): unknown {
    const row = this.#database.guard(() => this.#select.get<[string]>(key));
    return row === undefined ? undefined : JSON.parse(row[0]);
  }

  /** @param value anything that JSON can hold; undefined removes the key */
  set(key: string, value: unknown): void {
    this.#database.transaction(() => {
      if (value === undefined) this.#delete.run(key);
      else this.#upsert.run(key, JSON.stringify(value));
    });
  }
}
