import { existsSync } from 'node:fs';
import {
  Clock,
  isMeterError,
  MeterError,
  MeterReading,
  Provenance,
  systemClock,
} from '@smart-meter/meter-adapter';
import { join } from 'node:path';
import { prepareDirectory, prepareFile } from './data-directory';
import { Database, Statement } from './database';
import { DirtyTracker } from './dirty-tracker';
import { DiskReserve } from './disk-reserve';
import { GapStore } from './gap-store';
import { JournalReader } from './journal-reader';
import { JournalLog, silentLog } from './log';
import { Outbox } from './outbox';
import { OutboxLines } from './outbox-entry';
import { openSound, RecoveryReport, repair } from './recovery';
import { Retention } from './retention';
import { Roller } from './roller';
import { SampleWriter, StoredCounts } from './sample-writer';
import { checkSchema, SchemaExtension } from './schema';
import { StateStore } from './state-store';
import { WriterLock } from './writer-lock';

export const DEFAULT_FILE_NAME = 'journal.db';
/** Two polls at the default interval. */
const DEFAULT_HOLD_MS = 10 * 60_000;

export interface JournalOptions {
  /** Made where it is missing. */
  dataDir: string;
  /** Default `journal.db`. */
  fileName?: string;
  /** IANA name of the home's time zone: days start at its midnight. */
  timeZone: string;
  clock?: Clock;
  /** For how long an instantaneous value counts as still true when no other follows, ms. Default 10 minutes. */
  holdMs?: number;
  /** How long raw samples are kept, days; roll-ups are kept for ever. */
  retentionDays: number;
  /** Bound of what waits for delivery; past it the oldest is dropped and counted. */
  outboxMaxBytes: number;
  /** Tables of other owners in the same file. */
  extensions?: readonly SchemaExtension[];
  log?: JournalLog;
}

type CompleteOptions = Required<JournalOptions>;

export interface AppendBatch {
  readings: readonly MeterReading[];
  /** Lines for the database, if there is one, as they are. */
  outbox?: readonly OutboxLines[];
  /**
   * What the database is to be told of a reading; undefined for nothing. Asked for each one that is taken. Of a
   * backfilled one it sees only values that are new and that no live or finer one of the same instant stands
   * above: in the database, where an instant has one point, they would overwrite it.
   */
  encode?: (reading: MeterReading) => OutboxLines | undefined;
  /** Provenances that are not measurements and are kept all the same. Default none. */
  alsoKeep?: readonly Extract<Provenance, 'cached' | 'mock'>[];
}

export interface AppendResult extends StoredCounts {
  enqueuedEntries: number;
}

/** The durable local store that every reading enters first. One writer per file. */
export class Journal extends JournalReader {
  /** Lines on their way to the database, and those that it refused. */
  declare readonly outbox: Outbox;
  declare readonly gaps: GapStore;
  declare readonly state: StateStore;
  readonly #lock: WriterLock;
  readonly #clock: Clock;
  readonly #samples: SampleWriter;
  readonly #roller: Roller;
  readonly #retention: Retention;
  readonly #reserve: DiskReserve;
  #recovery: RecoveryReport | undefined;

  private constructor(
    database: Database,
    lock: WriterLock,
    recovery: RecoveryReport | undefined,
    options: CompleteOptions,
  ) {
    const reserve = new DiskReserve(database.path);
    super({ database, reserve, ...options });
    this.#reserve = reserve;
    this.#recovery = recovery;
    const { clock, retentionDays, holdMs } = options;
    const { meta, catalogue, calendar, rollupStore: rollups } = this;
    this.#lock = lock;
    this.#clock = clock;
    const tracker = new DirtyTracker(database, meta, holdMs);
    this.#samples = new SampleWriter(database, catalogue, tracker);
    this.#roller = new Roller({ database, clock, calendar, catalogue, meta, rollups, tracker, holdMs });
    this.#retention = new Retention({ database, clock, catalogue, meta, holdMs, retentionDays });
    database.repairWith({
      repair: (error) => (this.#recovery = repair(database.path, error, options)),
      repaired: () => this.#roller.prepare(),
    });
    this.#roller.prepare();
    this.outbox.enforceBound();
    this.#reserve.hold();
  }

  /**
   * Opens the journal for reading and writing; makes it where it is missing.
   * Throws `MeterError`: `configuration` where another process has it or the directory cannot be written.
   */
  static open(options: JournalOptions): Journal {
    const complete: CompleteOptions = {
      fileName: DEFAULT_FILE_NAME,
      clock: systemClock,
      holdMs: DEFAULT_HOLD_MS,
      extensions: [],
      log: silentLog,
      ...options,
    };
    const path = join(options.dataDir, complete.fileName);
    prepareDirectory(options.dataDir);
    try {
      return Journal.#openOnce(path, complete);
    } catch (error) {
      const isSetting = isMeterError(error) && error.code === 'configuration';
      // What is kept for a full disk is the room to start with.
      if (isSetting || !new DiskReserve(path).release()) throw error;
      complete.log('warn', 'the disk is full: the journal starts in the room that it keeps for that', {
        path,
      });
      return Journal.#openOnce(path, complete);
    }
  }

  static #openOnce(path: string, complete: CompleteOptions): Journal {
    const lock = new WriterLock(path);
    try {
      prepareFile(path);
      const { database, recovery } = openSound(path, complete);
      return new Journal(database, lock, recovery, complete);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /**
   * Opens the journal for questions only, also while a service writes to it. Roll-ups are as its writer left them.
   * Throws `MeterError`: `configuration` where there is no journal.
   */
  static openReadOnly({
    dataDir,
    fileName = DEFAULT_FILE_NAME,
  }: Pick<JournalOptions, 'dataDir' | 'fileName'>): JournalReader {
    const path = join(dataDir, fileName);
    if (!existsSync(path)) throw new MeterError('configuration', `there is no journal at ${path}`);
    const database = new Database(path, { readOnly: true });
    checkSchema(database, []);
    return JournalReader.over({ database, clock: systemClock, log: silentLog, outboxMaxBytes: Infinity });
  }

  /** What was damaged when the journal was opened or while it was open, and what could be saved. */
  get recovery(): RecoveryReport | undefined {
    return this.#recovery;
  }

  /**
   * Stores readings and the lines that are to be delivered for them: all on disk when this returns, or nothing
   * where it throws. Safe to repeat: the same values again change nothing.
   * Throws `MeterError('unavailable')` where the disk is full or fails; works again when there is room.
   */
  append({ readings, outbox = [], encode, alsoKeep = [] }: AppendBatch): AppendResult {
    return this.database.transaction(() => {
      const entries = [...outbox];
      const counts = this.#samples.write(
        readings,
        alsoKeep,
        encode &&
          ((reading) => {
            const lines = encode(reading);
            if (lines) entries.push(lines);
          }),
      );
      this.outbox.enqueue(entries);
      return { ...counts, enqueuedEntries: entries.length };
    });
  }

  /** Everything that `work` writes through this journal is one transaction. `work` must not wait for anything. */
  transaction<Result>(work: () => Result): Result {
    return this.database.transaction(work);
  }

  /** A prepared statement on an extension's own tables; rows come as arrays. */
  prepare(sql: string): Statement {
    return this.database.prepare(sql);
  }

  /**
   * Rolls up what is new or came in late, lets go of raw samples past their time, gives empty room back to the disk.
   * Call it every minute or so, and again at once while it is not idle.
   * @param budgetMs for about how long the caller can wait
   */
  maintain({ budgetMs = 50 } = {}): { idle: boolean } {
    const untilMs = this.#clock.monotonicMs() + budgetMs;
    do {
      const worked = this.database.guard(() => this.#roller.step() || this.#retention.step());
      if (!worked) {
        this.#reserve.hold();
        return { idle: true };
      }
    } while (this.#clock.monotonicMs() < untilMs);
    return { idle: false };
  }

  protected override settleRollups(seriesIds: readonly number[], fromMs: number, toMs: number): void {
    for (const seriesId of seriesIds) this.#roller.settle(seriesId, fromMs, toMs);
  }

  override close(): void {
    super.close();
    this.#lock.release();
  }
}
