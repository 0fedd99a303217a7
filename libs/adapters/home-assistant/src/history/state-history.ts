import {
  expectArray,
  expectNumber,
  expectObject,
  expectString,
  isJsonObject,
  JsonObject,
} from '@smart-meter/meter-adapter';
import { instantOfSeconds } from '../changes/compressed-state';
import { EntityState } from '../entity-state/entity-state';
import { HomeAssistantConnection } from '../websocket/connection';
import { Interval } from './time-ranges';

/** Home Assistant loads the answer to one request into memory as a whole. */
const ENTITIES_PER_REQUEST = 20;
const REQUEST_TIMEOUT_MS = 5 * 60_000;

/** A row of the recorder. */
export interface HistoricalState {
  entityId: string;
  state: string;
  /** null: they were not asked for. */
  attributes: JsonObject | null;
  lastUpdatedAt: Date;
  /** Earlier than `lastUpdatedAt` where only attributes changed. */
  lastChangedAt: Date;
}

export interface EntityHistory {
  /** In force at the start of the range; absent where the recorder does not know it. Its times are not known. */
  atStart?: HistoricalState;
  /** With `from < lastUpdatedAt <= to`, oldest first. */
  changes: HistoricalState[];
}

/** As the stream would have told it, where attributes were asked for. */
export function toEntityState(state: HistoricalState): EntityState {
  return { ...state, attributes: state.attributes ?? {}, lastReportedAt: null };
}

/**
 * Every state that the recorder has of these entities. Entities of which it has none are missing.
 * Throws `MeterError` (`unsupported` without recorder).
 */
export async function readStateHistory(
  connection: HomeAssistantConnection,
  query: { entityIds: readonly string[]; interval: Interval; withAttributes: boolean },
  signal: AbortSignal,
): Promise<Map<string, EntityHistory>> {
  const { entityIds, interval, withAttributes } = query;
  const histories = new Map<string, EntityHistory>();
  for (let first = 0; first < entityIds.length; first += ENTITIES_PER_REQUEST) {
    const result = await connection.command(
      'history/history_during_period',
      {
        start_time: justBefore(interval.fromMs),
        // What happened at the very end is left out.
        end_time: new Date(interval.toMs + 1).toISOString(),
        entity_ids: entityIds.slice(first, first + ENTITIES_PER_REQUEST),
        significant_changes_only: false,
        // A minimal response leaves out what was reported again unchanged.
        minimal_response: false,
        no_attributes: !withAttributes,
      },
      { signal, timeoutMs: REQUEST_TIMEOUT_MS },
    );
    for (const [entityId, rows] of Object.entries(expectObject(result, 'history'))) {
      histories.set(entityId, entityHistory(entityId, rows, interval));
    }
  }
  return histories;
}

/** The states in force at an instant, with attributes; entities of which the recorder knows none then are missing. */
export async function readStatesAt(
  connection: HomeAssistantConnection,
  entityIds: readonly string[],
  atMs: number,
  signal: AbortSignal,
): Promise<Map<string, HistoricalState>> {
  const interval = { fromMs: atMs, toMs: atMs };
  const histories = await readStateHistory(connection, { entityIds, interval, withAttributes: true }, signal);
  return new Map([...histories].flatMap(([entityId, { atStart }]) => (atStart ? [[entityId, atStart]] : [])));
}

/**
 * Home Assistant leaves out what happened at the very start, both of the changes and of what is in force there. So the
 * start is put between two milliseconds: times of whole milliseconds never meet it, those of microseconds hardly.
 */
function justBefore(ms: number): string {
  return new Date(ms - 1).toISOString().replace('Z', '500Z');
}

function entityHistory(entityId: string, value: unknown, { fromMs, toMs }: Interval): EntityHistory {
  const history: EntityHistory = { changes: [] };
  for (const row of expectArray(value, `history of ${entityId}`)) {
    const state = historicalState(entityId, row);
    const atMs = state.lastUpdatedAt.getTime();
    // What is in force at the start comes with the start for its time.
    if (atMs <= fromMs) history.atStart = state;
    else if (atMs <= toMs) history.changes.push(state);
  }
  return history;
}

/** The opposite of `subscribe_entities`: `lu` is always there, `lc` only where it differs. */
function historicalState(entityId: string, value: unknown): HistoricalState {
  const {
    s: state,
    a: attributes,
    lu: updated,
    lc: changed = updated,
  } = expectObject(value, `history of ${entityId}`);
  return {
    entityId,
    // An entity that was removed, for good or to be renamed, has a row without a state.
    state: state === null ? 'unavailable' : expectString(state, `${entityId}.s`),
    attributes: isJsonObject(attributes) ? attributes : null,
    lastUpdatedAt: instantOfSeconds(expectNumber(updated, `${entityId}.lu`)),
    lastChangedAt: instantOfSeconds(expectNumber(changed, `${entityId}.lc`)),
  };
}
