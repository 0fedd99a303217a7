import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MeterError } from '@smart-meter/meter-adapter';
import { messageOf } from './storage-errors';

/**
 * Makes the directory and the file where they are missing, for this user alone.
 * Only before SQLite has the file open: closing any descriptor of it would give up SQLite's locks.
 * @returns the file's path
 */
export function prepareFile(dataDir: string, fileName: string): string {
  const path = join(dataDir, fileName);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
    syncDirectory(dataDir);
    syncDirectory(dirname(dataDir));
    return path;
  } catch (error) {
    throw new MeterError(
      'configuration',
      `the data directory ${dataDir} cannot be written: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** A new name in a directory is only safe once the directory itself is on disk. */
export function syncDirectory(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
