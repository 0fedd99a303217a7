import { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { isDamage, storageError } from './storage-errors';

export type SqlValue = SQLInputValue;
export type Row = readonly unknown[];

/** Connection settings: each commit is on disk when it returns, and memory is bounded. */
const WRITER_PRAGMAS = `
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA journal_size_limit = 8388608;
  PRAGMA cache_size = -16000;
  PRAGMA temp_store = MEMORY;
`;
const READER_PRAGMAS = 'PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY; PRAGMA query_only = ON;';
const BUSY_TIMEOUT_MS = 5_000;

export interface DatabaseHooks {
  /** The last chance to write what was counted in memory; inside the transaction. */
  beforeCommit?(): void;
  afterCommit?(): void;
  /** What is mirrored in memory may no longer be what is on disk. */
  invalidate?(): void;
}

/** What to do when the file turns out damaged. */
export interface Repair {
  /** Called with the connection closed; leaves a sound file behind. */
  repair(error: unknown): void;
  /** Called with the new connection open. */
  repaired(): void;
}

/** One connection to one journal file: transactions, prepared statements, and repair when the file turns out damaged. */
export class Database {
  readonly path: string;
  readonly readOnly: boolean;
  #connection: DatabaseSync;
  #generation = 0;
  readonly #hooks: DatabaseHooks[] = [];
  #repair: Repair | undefined;
  #damage: unknown;
  #isClosed = false;

  constructor(path: string, { readOnly = false }: { readOnly?: boolean } = {}) {
    this.path = path;
    this.readOnly = readOnly;
    this.#connection = this.#connect();
  }

  addHooks(hooks: DatabaseHooks): void {
    this.#hooks.push(hooks);
  }

  /** From now on a damaged file is repaired, and the work that met the damage is done again, once. */
  repairWith(repair: Repair): void {
    this.#repair = repair;
  }

  get isTransaction(): boolean {
    return this.#connection.isOpen && this.#connection.isTransaction;
  }

  prepare(sql: string): Statement {
    return new Statement(this, sql);
  }

  exec(sql: string): void {
    try {
      this.#connection.exec(sql);
    } catch (error) {
      throw storageError(error, this.path);
    }
  }

  /** All of `work` is on disk when this returns, or none of it is. Joins a transaction that is already open. */
  transaction<Result>(work: () => Result): Result {
    if (this.isTransaction) return work();
    const result = this.guard(() => this.#transactOnce(work));
    for (const hooks of this.#hooks) hooks.afterCommit?.();
    return result;
  }

  /** Like `guard`; all that `work` reads is of one moment, whatever another process writes. */
  snapshot<Result>(work: () => Result): Result {
    return this.guard(() => {
      // A writer is alone: nothing changes while it reads.
      if (!this.readOnly) return work();
      this.exec('BEGIN');
      try {
        return work();
      } finally {
        this.exec('COMMIT');
      }
    });
  }

  /** Runs `work`; repairs the file and runs it again when the file turns out damaged. */
  guard<Result>(work: () => Result): Result {
    // Another process writes what a reader reads: nothing it remembers is sure to be true still.
    if (this.readOnly) this.#invalidate();
    this.#restore();
    try {
      return work();
    } catch (error) {
      if (!isDamage(error) || this.#repair === undefined || this.isTransaction) throw error;
      this.#damage = error;
      this.#restore();
      return work();
    }
  }

  /** Safe to call twice. */
  close(): void {
    this.#isClosed = true;
    if (this.#connection.isOpen) this.#connection.close();
  }

  /** @internal for `Statement`: statements outlive a repair by being prepared anew. */
  prepareNow(sql: string): StatementSync {
    const statement = this.#connection.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  }

  get generation(): number {
    return this.#generation;
  }

  #invalidate(): void {
    for (const hooks of this.#hooks) hooks.invalidate?.();
  }

  #transactOnce<Result>(work: () => Result): Result {
    this.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      if (result instanceof Promise) throw new TypeError('a journal transaction cannot be asynchronous');
      for (const hooks of this.#hooks) hooks.beforeCommit?.();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  #rollBack(): void {
    try {
      // SQLite may have rolled back by itself, after a full disk for one.
      if (this.isTransaction) this.#connection.exec('ROLLBACK');
    } catch {
      // The fault that led here is the one to report; a new connection starts without the transaction.
      this.#connection.close();
    } finally {
      this.#invalidate();
    }
  }

  /** Gets over a damage or a lost connection; where that fails, the next call tries again. */
  #restore(): void {
    if (this.#isClosed || (this.#damage === undefined && this.#connection.isOpen)) return;
    if (this.#connection.isOpen) this.#connection.close();
    if (this.#damage !== undefined) this.#repair?.repair(this.#damage);
    this.#connection = this.#connect();
    this.#generation += 1;
    this.#invalidate();
    if (this.#damage === undefined) return;
    this.#damage = undefined;
    this.#repair?.repaired();
  }

  #connect(): DatabaseSync {
    try {
      const connection = new DatabaseSync(this.path, {
        readOnly: this.readOnly,
        timeout: BUSY_TIMEOUT_MS,
        enableForeignKeyConstraints: false,
      });
      connection.exec(this.readOnly ? READER_PRAGMAS : WRITER_PRAGMAS);
      return connection;
    } catch (error) {
      throw storageError(error, this.path);
    }
  }
}

/** A prepared statement; rows come as arrays in the order of the selected columns. */
export class Statement {
  readonly #database: Database;
  readonly #sql: string;
  #prepared: StatementSync | undefined;
  #generation = -1;

  constructor(database: Database, sql: string) {
    this.#database = database;
    this.#sql = sql;
  }

  /** @returns how many rows changed */
  run(...values: SqlValue[]): number {
    try {
      return Number(this.#statement().run(...values).changes);
    } catch (error) {
      throw storageError(error, this.#database.path);
    }
  }

  get<Result extends Row>(...values: SqlValue[]): Result | undefined {
    try {
      return this.#statement().get(...values) as Result | undefined;
    } catch (error) {
      throw storageError(error, this.#database.path);
    }
  }

  all<Result extends Row>(...values: SqlValue[]): Result[] {
    try {
      return this.#statement().all(...values) as unknown as Result[];
    } catch (error) {
      throw storageError(error, this.#database.path);
    }
  }

  /** Row by row. Must be consumed before the statement is used again. */
  *iterate<Result extends Row>(...values: SqlValue[]): Generator<Result, void, undefined> {
    try {
      for (const row of this.#statement().iterate(...values)) yield row as unknown as Result;
    } catch (error) {
      throw storageError(error, this.#database.path);
    }
  }

  #statement(): StatementSync {
    if (this.#prepared === undefined || this.#generation !== this.#database.generation) {
      this.#prepared = this.#database.prepareNow(this.#sql);
      this.#generation = this.#database.generation;
    }
    return this.#prepared;
  }
}
