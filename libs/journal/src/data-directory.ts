import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { MeterError } from '@smart-meter/meter-adapter';
import { messageOf } from './storage-errors';

/** Makes the directory where it is missing, for this user alone. Throws `MeterError('configuration')`. */
export function prepareDirectory(dataDir: string): void {
  orConfigurationError(dataDir, () => {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    syncDirectory(dirname(resolve(dataDir)));
  });
}

/**
 * Makes a file where it is missing, for this user alone. Throws `MeterError('configuration')`.
 * One that exists is not opened: closing any descriptor of it would give up SQLite's locks in this process.
 */
export function prepareFile(path: string): void {
  orConfigurationError(dirname(path), () => {
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
    syncDirectory(dirname(path));
  });
}

function orConfigurationError(directory: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new MeterError(
      'configuration',
      `the data directory ${directory} cannot be written: ${messageOf(error)}`,
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
