import { Database, Statement } from './database';

/** The journal's own watermarks: whole numbers, mirrored in memory. */
export type MetaKey = 'settled_until_ms' | 'purged_before_ms' | 'time_zone_hash';

export class Meta {
  readonly #select: Statement;
  readonly #upsert: Statement;
  #values: Map<string, number> | undefined;

  constructor(database: Database) {
    this.#select = database.prepare('SELECT key, value FROM meta');
    this.#upsert = database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)');
    database.addHooks({ afterRollback: () => (this.#values = undefined) });
  }

  get(key: MetaKey): number | undefined {
    this.#values ??= new Map(this.#select.all<[string, number]>());
    return this.#values.get(key);
  }

  set(key: MetaKey, value: number): void {
    this.#upsert.run(key, value);
    this.#values?.set(key, value);
  }
}
