import {
  expectArray,
  expectNumber,
  expectObject,
  expectString,
  JsonObject,
} from '@smart-meter/meter-adapter';
import { EntityState } from '../entity-state/entity-state';

/**
 * The instant of seconds since 1970 that carry microseconds. Rounded first: 1763633472.123 s is 122.9999 ms as a
 * floating-point number; and then cut, as reading the same time as text does.
 */
export function instantOfSeconds(seconds: number): Date {
  return new Date(Math.floor(Math.round(seconds * 1e6) / 1e3));
}

/**
 * A state of `subscribe_entities`: `lu` is left out where it equals `lc`.
 * Throws `MeterError` (`malformed_response`), as the other functions here.
 */
export function parseCompressedState(entityId: string, value: unknown): EntityState {
  const { s: state, a: attributes = {}, lc: changed, lu: updated = changed } = expectObject(value, entityId);
  return {
    entityId,
    state: expectString(state, `${entityId}.s`),
    attributes: expectObject(attributes, `${entityId}.a`),
    lastChangedAt: instantOfSeconds(expectNumber(changed, `${entityId}.lc`)),
    lastUpdatedAt: instantOfSeconds(expectNumber(updated, `${entityId}.lu`)),
    lastReportedAt: null,
  };
}

/**
 * The state after a change of `subscribe_entities`. With `lc` the last update is that very moment, `lu` alone means
 * that only attributes changed, neither that nothing did.
 */
export function applyStateDiff(before: EntityState, value: unknown): EntityState {
  const { entityId } = before;
  const { '+': additions = {}, '-': removals = {} } = expectObject(value, entityId);
  const {
    s: state,
    a: attributes,
    lc: changed,
    lu: updated = changed,
  } = expectObject(additions, `${entityId}.+`);
  const { a: removed } = expectObject(removals, `${entityId}.-`);
  return {
    entityId,
    state: state === undefined ? before.state : expectString(state, `${entityId}.s`),
    attributes: mergeAttributes(before, attributes, removed),
    lastChangedAt:
      changed === undefined
        ? before.lastChangedAt
        : instantOfSeconds(expectNumber(changed, `${entityId}.lc`)),
    lastUpdatedAt:
      updated === undefined
        ? before.lastUpdatedAt
        : instantOfSeconds(expectNumber(updated, `${entityId}.lu`)),
    lastReportedAt: null,
  };
}

function mergeAttributes(
  { entityId, attributes }: EntityState,
  added: unknown,
  removed: unknown,
): JsonObject {
  if (added === undefined && removed === undefined) return attributes;
  const merged = { ...attributes, ...(added === undefined ? {} : expectObject(added, `${entityId}.+.a`)) };
  for (const name of removed === undefined ? [] : expectArray(removed, `${entityId}.-.a`)) {
    delete merged[expectString(name, `${entityId}.-.a`)];
  }
  return merged;
}
