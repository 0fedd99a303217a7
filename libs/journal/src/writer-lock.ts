import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { MeterError } from '@smart-meter/meter-adapter';
import { prepareFile } from './data-directory';
import { isBusy, isDamage, storageError } from './storage-errors';

/**
 * One writer per journal. The lock is SQLite's own on a file beside the journal: the operating system
 * takes it back when the process ends, however it ends.
 */
export class WriterLock {
  readonly #connection: DatabaseSync;

  /** Throws `MeterError('configuration')` naming the holder where another process has the lock. */
  constructor(journalPath: string) {
    const lockPath = `${journalPath}.lock`;
    // The lock file cannot be read by others, so who holds it is told in a file beside it.
    const holderPath = `${journalPath}.pid`;
    prepareFile(lockPath);
    this.#connection = lock(lockPath, journalPath, holderPath);
    writeFileSync(holderPath, `${process.pid}\n`, { mode: 0o600 });
  }

  release(): void {
    if (this.#connection.isOpen) this.#connection.close();
  }
}

function lock(lockPath: string, journalPath: string, holderPath: string): DatabaseSync {
  const connection = new DatabaseSync(lockPath, { timeout: 0 });
  try {
    connection.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE');
    return connection;
  } catch (error) {
    connection.close();
    if (isBusy(error)) {
      throw new MeterError(
        'configuration',
        `the journal ${journalPath} is in use by ${holder(holderPath)}: two services cannot share a data directory`,
        { cause: error },
      );
    }
    // Nobody holds a lock file that is not one: a holder would have been met first.
    if (!isDamage(error)) throw storageError(error, lockPath);
    renameSync(lockPath, `${lockPath}.damaged-${Date.now()}`);
    return lock(lockPath, journalPath, holderPath);
  }
}

function holder(holderPath: string): string {
  try {
    return `process ${readFileSync(holderPath, 'utf8').trim()}`;
  } catch {
    // The holder has not written its id yet, or it is not ours to read: the message is as clear without it.
    return 'another process';
  }
}
