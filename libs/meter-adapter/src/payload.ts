import { MeterError } from './meter-error';

/** Checks on what a vendor sent: each names the field, what came and what was expected. */

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function expectObject(value: unknown, field: string): JsonObject {
  return isJsonObject(value) ? value : reject(value, field, 'an object');
}

export function expectArray(value: unknown, field: string): readonly unknown[] {
  return Array.isArray(value) ? value : reject(value, field, 'an array');
}

export function expectString(value: unknown, field: string): string {
  return typeof value === 'string' ? value : reject(value, field, 'a string');
}

export function expectNumber(value: unknown, field: string): number {
  return typeof value === 'number' && Number.isFinite(value)
    ? value
    : reject(value, field, 'a finite number');
}

/** A finite number, or null for anything else: one bad value must not cost its neighbours. */
export function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** A UTC instant from ISO 8601 text, or null. */
export function instantOrNull(value: unknown): Date | null {
  if (typeof value !== 'string') return null;
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? null : at;
}

function reject(value: unknown, field: string, expected: string): never {
  throw new MeterError('malformed_response', `${field}: expected ${expected}, got ${describe(value)}`);
}

/** The kind of a value and never the value itself: it may be a secret. */
function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : String(value);
  return value === undefined ? 'nothing' : `a ${typeof value}`;
}
