import { Database, Statement } from './database';

interface MetaValues {
  /** Every bucket before this is rolled up or marked dirty. */
  settledUntilMs: number;
  /** Raw samples before this may be gone: roll-ups there can grow and never shrink. */
  purgedBeforeMs: number;
  /** The zone that the stored hours and days follow. */
  timeZone: string;
  /** 1 after a repair: days and hours may have been lost that can be summed up again. */
  daysToCheck: number;
}

/** What the journal must know of itself, mirrored in memory. */
export class Meta {
  readonly #select: Statement;
  readonly #upsert: Statement;
  #values: Partial<MetaValues> | undefined;

  constructor(database: Database) {
    this.#select = database.prepare('SELECT key, value FROM meta');
    this.#upsert = database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)');
    database.addHooks({ invalidate: () => (this.#values = undefined) });
  }

  get<Key extends keyof MetaValues>(key: Key): MetaValues[Key] | undefined {
    this.#values ??= Object.fromEntries(this.#select.all<[string, unknown]>());
    return this.#values[key];
  }

  set<Key extends keyof MetaValues>(key: Key, value: MetaValues[Key]): void {
    this.#upsert.run(key, value);
    this.#values = { ...this.#values, [key]: value };
  }
}
