import { closeSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Room for a whole write-ahead log, and for the file to grow by what is in it. */
const RESERVE_BYTES = 8 * 1024 * 1024;
/** A small disk is not filled with a reserve. */
const SHARE_OF_FREE = 0.2;
const CHUNK_BYTES = 256 * 1024;

/**
 * Room on the disk that is kept for the time when there is no other: to remove what was delivered, SQLite must first
 * write. Without it, a disk that the outbox has filled could never be emptied by delivering.
 */
export class DiskReserve {
  readonly #path: string;
  #isHeld: boolean;

  constructor(journalPath: string) {
    this.#path = `${journalPath}.reserve`;
    this.#isHeld = statSync(this.#path, { throwIfNoEntry: false }) !== undefined;
  }

  /** Takes the room if it is not held and there is plenty. */
  hold(): void {
    if (this.#isHeld) return;
    try {
      const { bavail, bsize } = statfsSync(dirname(this.#path));
      const bytes = Math.floor(Math.min(RESERVE_BYTES, bavail * bsize * SHARE_OF_FREE));
      if (bytes < CHUNK_BYTES / 8) return;
      this.#write(bytes);
      this.#isHeld = true;
    } catch {
      // No room for a reserve now; the next maintenance tries again.
      rmSync(this.#path, { force: true });
    }
  }

  /** @returns whether there was anything to give back */
  release(): boolean {
    if (!this.#isHeld) return false;
    rmSync(this.#path, { force: true });
    this.#isHeld = false;
    return true;
  }

  #write(bytes: number): void {
    const descriptor = openSync(this.#path, 'w', 0o600);
    try {
      for (let left = bytes; left > 0; left -= CHUNK_BYTES) {
        writeSync(descriptor, Buffer.alloc(Math.min(left, CHUNK_BYTES)));
      }
    } finally {
      closeSync(descriptor);
    }
  }
}
