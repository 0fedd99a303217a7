import { isMeterError, MeterError } from '@smart-meter/meter-adapter';

/** SQLite's primary result codes that tell of the storage and not of a mistake in the program. */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

const STORAGE_FAULTS = new Map([
  [BUSY, 'is locked by another process'],
  [LOCKED, 'is locked by another connection'],
  [READONLY, 'cannot be written'],
  [IO_ERROR, 'cannot be read or written'],
  [CORRUPT, 'is damaged'],
  [FULL, 'has no room left on its disk'],
  [CANNOT_OPEN, 'cannot be opened'],
  [NOT_A_DATABASE, 'is not a journal'],
]);

/** Not by `instanceof`: errors of Node's core belong to another realm where the code runs in a context of its own. */
function resultCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff;
  return 'cause' in error ? resultCode(error.cause) : undefined;
}

export function messageOf(error: unknown): string {
  const isErrorLike = typeof error === 'object' && error !== null && 'message' in error;
  return String(isErrorLike ? error.message : error);
}

/** Whether the file's content is broken, as opposed to a passing fault. */
export function isDamage(error: unknown): boolean {
  const code = resultCode(error);
  return code === CORRUPT || code === NOT_A_DATABASE;
}

export function isFull(error: unknown): boolean {
  return resultCode(error) === FULL;
}

export function isBusy(error: unknown): boolean {
  return resultCode(error) === BUSY;
}

/** Faults of the storage as `MeterError('unavailable')`; anything else is thrown as it came. */
export function storageError(error: unknown, path: string): unknown {
  const fault = STORAGE_FAULTS.get(resultCode(error) ?? -1);
  if (fault === undefined || isMeterError(error)) return error;
  return new MeterError('unavailable', `the journal ${path} ${fault} (${messageOf(error)})`, {
    cause: error,
  });
}
