import { DateTime } from 'luxon';
import { RecordedState, Recorder } from './recorder';
import { epochSeconds, isoTime } from './state-json';

export interface HistoryQuery {
  readonly entityIds: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
  readonly includeStartState: boolean;
  readonly significantChangesOnly: boolean;
  readonly minimalResponse: boolean;
  readonly noAttributes: boolean;
}

/** Domains whose attributes matter as much as their state. */
const ATTRIBUTE_DOMAINS = new Set(['climate', 'humidifier', 'input_datetime', 'thermostat', 'water_heater']);
const SIGNIFICANT_DOMAINS = new Set([
  'climate',
  'device_tracker',
  'humidifier',
  'thermostat',
  'water_heater',
]);

/** The rows of one entity that a query asks for; the first is the state in force at the start, as of the start. */
export function selectHistory(recorder: Recorder, entityId: string, query: HistoryQuery): RecordedState[] {
  const { startMs, endMs } = query;
  const domain = entityId.slice(0, entityId.indexOf('.'));
  const attributeOnlyCounts = !query.significantChangesOnly || SIGNIFICANT_DOMAINS.has(domain);
  const inForce = query.includeStartState ? recorder.stateBefore(entityId, startMs) : undefined;
  const first =
    inForce === undefined || inForce.state === null
      ? []
      : [{ ...inForce, lastChangedMs: startMs, lastUpdatedMs: startMs }];
  const later = recorder
    .statesBetween(entityId, startMs, endMs)
    .filter((row) => attributeOnlyCounts || row.lastChangedMs === row.lastUpdatedMs);
  const rows = [...first, ...later];
  const dropsRepeats = query.minimalResponse && !needsAttributes(entityId);
  return dropsRepeats
    ? rows.filter((row, index) => index === 0 || row.state !== rows[index - 1]?.state)
    : rows;
}

/** Rows as the WebSocket shows them: `lu` always, `lc` only where it differs. */
export function compressedHistory(
  entityId: string,
  rows: readonly RecordedState[],
  query: HistoryQuery,
): unknown[] {
  return rows.map((row, index) => {
    const isShort = query.minimalResponse && index > 0 && !needsAttributes(entityId);
    return {
      s: row.state,
      ...(query.noAttributes || isShort ? {} : { a: row.attributes.values }),
      lu: epochSeconds(row.lastUpdatedMs),
      ...(row.lastChangedMs === row.lastUpdatedMs || isShort ? {} : { lc: epochSeconds(row.lastChangedMs) }),
    };
  });
}

/** Rows as REST shows them. */
export function restHistory(
  entityId: string,
  rows: readonly RecordedState[],
  query: HistoryQuery,
): unknown[] {
  return rows.map((row, index) => {
    if (query.minimalResponse && index > 0 && !needsAttributes(entityId)) {
      return { state: row.state, last_changed: isoTime(row.lastUpdatedMs) };
    }
    return {
      entity_id: entityId,
      state: row.state,
      attributes: query.noAttributes ? {} : row.attributes.values,
      last_changed: isoTime(row.lastChangedMs),
      last_updated: isoTime(row.lastUpdatedMs),
    };
  });
}

function needsAttributes(entityId: string): boolean {
  return ATTRIBUTE_DOMAINS.has(entityId.slice(0, entityId.indexOf('.')));
}

/** Reads an ISO time; without an offset it is the home's local time. null when it is none. */
export function parseTime(text: unknown, timeZone: string): number | null {
  if (typeof text !== 'string') return null;
  const time = DateTime.fromISO(text.includes('T') ? text : text.replace(' ', 'T'), { zone: timeZone });
  if (!time.isValid) return null;
  // Home Assistant reads microseconds, luxon milliseconds alone.
  const beyondMs = /\.\d{3}(\d+)/.exec(text)?.[1] ?? '0';
  return time.toMillis() + Number(`0.${beyondMs}`);
}
