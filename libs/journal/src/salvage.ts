import { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { Database, Statement } from './database';

/** What could be read of one table of a damaged file. */
export interface SalvagedTable {
  table: string;
  rows: number;
  /** Whether all of it could be read. */
  complete: boolean;
}

type Key = readonly SQLInputValue[];
type SalvagedRow = readonly SQLOutputValue[];

/** Rows at a time; fewer and fewer close to a spot that cannot be read. */
const PAGE_SIZES = [1_000, 50, 1] as const;
/** Leaps over what cannot be read double until they land: this many reach beyond any key. */
const LEAPS = 46;
/** What cannot be lost comes first, should the disk get full on the way. */
const FIRST_TABLES = ['outbox', 'outbox_totals', 'series', 'sample', 'quarantine'];

/** Copies what can be read of every table that the target has. The source is a damaged file, opened for reading. */
export function salvageTables(source: DatabaseSync, target: Database): SalvagedTable[] {
  const tables = target
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all<[string]>()
    .map(([name]) => name)
    .filter((name) => name !== 'schema_version');
  const rank = (name: string) =>
    FIRST_TABLES.includes(name) ? FIRST_TABLES.indexOf(name) : FIRST_TABLES.length;
  return tables
    .sort((a, b) => rank(a) - rank(b))
    .map((table) => new TableSalvage(source, target, table).run());
}

/** One table, read in the order of its key: forward up to a damaged spot, over it, and back towards it from behind. */
class TableSalvage {
  readonly #source: DatabaseSync;
  readonly #target: Database;
  readonly #table: string;
  readonly #columns: readonly string[];
  readonly #key: readonly string[];
  readonly #insert: Statement;
  #rows = 0;
  #complete = true;

  constructor(source: DatabaseSync, target: Database, table: string) {
    this.#source = source;
    this.#target = target;
    this.#table = table;
    const wanted = target
      .prepare(`SELECT name, pk FROM pragma_table_info('${table}')`)
      .all<[string, number]>();
    const found = this.#columnsOfSource();
    this.#columns = wanted.map(([name]) => name).filter((name) => found.has(name));
    this.#key = wanted
      .filter(([, pk]) => pk > 0)
      .sort(([, a], [, b]) => a - b)
      .map(([name]) => name);
    this.#insert = target.prepare(
      `INSERT OR REPLACE INTO ${table} (${this.#columns.join()}) VALUES (${this.#columns.map(() => '?').join()})`,
    );
  }

  run(): SalvagedTable {
    if (this.#key.every((name) => this.#columns.includes(name))) this.#copyAll();
    else this.#complete = false;
    return { table: this.#table, rows: this.#rows, complete: this.#complete };
  }

  #columnsOfSource(): Set<unknown> {
    try {
      const rows = this.#source.prepare(`SELECT name FROM pragma_table_info('${this.#table}')`).all();
      return new Set(rows.map((row) => row['name']));
    } catch {
      // Not even the schema can be read: the table counts as lost.
      return new Set();
    }
  }

  #copyAll(): void {
    let position: Key | undefined;
    for (;;) {
      const { last, atEnd } = this.#copy('ASC', position, undefined);
      if (atEnd) return;
      this.#complete = false;
      position = last ?? position;
      const landing = this.#leap(position);
      this.#copy('DESC', position, landing);
      if (landing === undefined) return;
      // The row that the leap landed on is read with what follows it.
      position = landing;
      this.#copyOne(landing);
    }
  }

  /** Copies from one end of the stretch between two keys, both excluded, as far as it can be read. */
  #copy(
    order: 'ASC' | 'DESC',
    after: Key | undefined,
    before: Key | undefined,
  ): { last?: Key; atEnd: boolean } {
    let [low, high] = [after, before];
    let last: Key | undefined;
    for (let size = 0; ;) {
      const limit = PAGE_SIZES[size];
      if (limit === undefined) return last === undefined ? { atEnd: false } : { last, atEnd: false };
      const rows = this.#read(order, low, high, limit);
      if (rows === undefined) {
        size += 1;
        continue;
      }
      this.#write(rows);
      const lastRow = rows.at(-1);
      if (lastRow !== undefined) {
        last = this.#keyOf(lastRow);
        if (order === 'ASC') low = last;
        else high = last;
      }
      if (rows.length < limit) return last === undefined ? { atEnd: true } : { last, atEnd: true };
    }
  }

  /** The first key that can be read behind an unreadable spot. */
  #leap(position: Key | undefined): Key | undefined {
    const from = position ?? this.#key.map(() => 0);
    for (let level = this.#key.length - 1; level >= 0; level -= 1) {
      const start = from[level];
      if (typeof start !== 'number') return undefined;
      for (let leap = 0; leap < LEAPS; leap += 1) {
        const target = [...from.slice(0, level), start + 2 ** leap, ...from.slice(level + 1)];
        const rows = this.#read('ASC', target, undefined, 1);
        if (rows === undefined) continue;
        return rows[0] && this.#keyOf(rows[0]);
      }
    }
    return undefined;
  }

  #copyOne(key: Key): void {
    const rows = this.#select(`WHERE (${this.#key.join()}) = (${this.#marks()})`, key);
    if (rows !== undefined) this.#write(rows);
  }

  /** @returns undefined where it cannot be read */
  #read(order: 'ASC' | 'DESC', low: Key | undefined, high: Key | undefined, limit: number) {
    const key = `(${this.#key.join()})`;
    const conditions = [
      ...(low ? [`${key} > (${this.#marks()})`] : []),
      ...(high ? [`${key} < (${this.#marks()})`] : []),
    ];
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    const orderBy = this.#key.map((name) => `${name} ${order}`).join();
    const rows = this.#select(`${where} ORDER BY ${orderBy} LIMIT ${limit}`, [
      ...(low ?? []),
      ...(high ?? []),
    ]);
    return rows === undefined || this.#isInOrder(rows, order, low, high) ? rows : undefined;
  }

  #select(clause: string, values: Key): SalvagedRow[] | undefined {
    try {
      const statement = this.#source.prepare(`SELECT ${this.#columns.join()} FROM ${this.#table} ${clause}`);
      statement.setReturnArrays(true);
      return statement.all(...values) as unknown as SalvagedRow[];
    } catch {
      // Unreadable is an answer here: the caller goes around the spot.
      return undefined;
    }
  }

  /** A damaged page can send the walk in circles. */
  #isInOrder(rows: readonly SalvagedRow[], order: 'ASC' | 'DESC', low?: Key, high?: Key): boolean {
    let previous = order === 'ASC' ? low : high;
    for (const row of rows) {
      const key = this.#keyOf(row);
      if (previous !== undefined && compareKeys(key, previous) * (order === 'ASC' ? 1 : -1) <= 0)
        return false;
      previous = key;
    }
    return true;
  }

  #write(rows: readonly SalvagedRow[]): void {
    this.#target.transaction(() => {
      for (const row of rows) {
        try {
          this.#rows += this.#insert.run(...(row as readonly SQLInputValue[]));
        } catch (error) {
          if (!isConstraintFault(error)) throw error;
          // A row whose types make no sense is part of the damage.
          this.#complete = false;
        }
      }
    });
  }

  #keyOf(row: SalvagedRow): Key {
    return this.#key.map((name) => row[this.#columns.indexOf(name)] ?? null);
  }

  #marks(): string {
    return this.#key.map(() => '?').join();
  }
}

function compareKeys(a: Key, b: Key): number {
  for (const [i, value] of a.entries()) {
    const other = b[i];
    if (typeof value !== typeof other || value === null || other === null || other === undefined) return 0;
    if (value < other) return -1;
    if (value > other) return 1;
  }
  return 0;
}

const CONSTRAINT = 19;
const TYPE_MISMATCH = 20;

function isConstraintFault(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return false;
  const code = Number(error.errcode) & 0xff;
  return code === CONSTRAINT || code === TYPE_MISMATCH;
}
