import { Clock, MeterReading, Provenance, systemClock } from '@smart-meter/meter-adapter';
import { join } from 'node:path';
import { prepareFile } from './data-directory';
import { Database, Statement } from './database';
import { GapStore } from './gap-store';
import { JournalReader } from './journal-reader';
import { JournalLog, silentLog } from './log';
import { Outbox, OutboxLines } from './outbox';
import { SampleWriter, StoredCounts } from './sample-writer';
import { checkSchema, migrate, SchemaExtension } from './schema';
import { StateStore } from './state-store';
import { WriterLock } from './writer-lock';

export const DEFAULT_FILE_NAME = 'journal.db';

export interface JournalOptions {
  /** Made where it is missing. */
  dataDir: string;
  /** Default `journal.db`. */
  fileName?: string;
  /** IANA name of the home's time zone: days start at its midnight. */
  timeZone: string;
  clock?: Clock;
  /** How long raw samples are kept, days; roll-ups are kept for ever. */
  retentionDays: number;
  /** Bound of what waits for delivery; past it the oldest is dropped and counted. */
  outboxMaxBytes: number;
  /** Tables of other owners in the same file. */
  extensions?: readonly SchemaExtension[];
  log?: JournalLog;
}

export interface AppendBatch {
  readings: readonly MeterReading[];
  /** The same readings as lines for the database, if there is one. */
  outbox?: readonly OutboxLines[];
  /** Provenances that are not measurements and are kept all the same. Default none. */
  alsoKeep?: readonly Extract<Provenance, 'cached' | 'mock'>[];
}

export interface AppendResult extends StoredCounts {
  enqueuedEntries: number;
}

/** The durable local store that every reading enters first. One writer per file. */
export class Journal extends JournalReader {
  /** Lines on their way to the database, and those that it refused. */
  readonly outbox: Outbox;
  readonly gaps: GapStore;
  readonly state: StateStore;
  readonly #lock: WriterLock;
  readonly #samples: SampleWriter;

  private constructor(database: Database, lock: WriterLock, options: Required<JournalOptions>) {
    super(database);
    this.#lock = lock;
    this.#samples = new SampleWriter(database, this.catalogue, { onStored: () => undefined });
    this.outbox = new Outbox(database, options.clock, options.outboxMaxBytes, options.log);
    this.gaps = new GapStore(database, options.clock);
    this.state = new StateStore(database);
  }

  /**
   * Opens the journal for reading and writing; makes it where it is missing.
   * Throws `MeterError`: `configuration` where another process has it or the directory cannot be written.
   */
  static open(options: JournalOptions): Journal {
    const complete = {
      fileName: DEFAULT_FILE_NAME,
      clock: systemClock,
      extensions: [],
      log: silentLog,
      ...options,
    };
    const path = prepareFile(options.dataDir, complete.fileName);
    const lock = new WriterLock(path);
    try {
      const database = new Database(path);
      checkSchema(database, complete.extensions);
      migrate(database, complete.extensions);
      const journal = new Journal(database, lock, complete);
      journal.outbox.enforceBound();
      return journal;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** Opens the journal for questions only, also while a service writes to it. */
  static openReadOnly({
    dataDir,
    fileName = DEFAULT_FILE_NAME,
  }: Pick<JournalOptions, 'dataDir' | 'fileName'>): JournalReader {
    return new JournalReader(new Database(join(dataDir, fileName), { readOnly: true }));
  }

  /**
   * Stores readings and the lines that are to be delivered for them: all on disk when this returns, or nothing
   * where it throws. Safe to repeat: the same values again change nothing.
   * Throws `MeterError('unavailable')` where the disk is full or fails; works again when there is room.
   */
  append({ readings, outbox = [], alsoKeep = [] }: AppendBatch): AppendResult {
    return this.database.transaction(() => {
      const counts = this.#samples.write(readings, alsoKeep);
      this.outbox.enqueue(outbox);
      return { ...counts, enqueuedEntries: outbox.length };
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

  override close(): void {
    super.close();
    this.#lock.release();
  }
}
