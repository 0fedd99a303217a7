import { Attributes, Context, EntityState, StateChange } from './state-machine';

/** ISO time as Python writes it: microseconds, or none when they are zero. */
export function isoTime(epochMs: number): string {
  const text = new Date(Math.floor(epochMs)).toISOString();
  const microseconds = Math.floor((epochMs % 1000) * 1000);
  const fraction = microseconds === 0 ? '' : `.${String(microseconds).padStart(6, '0')}`;
  return `${text.slice(0, 19)}${fraction}+00:00`;
}

export function epochSeconds(epochMs: number): number {
  return epochMs / 1000;
}

function contextJson({ id, parentId, userId }: Context): string {
  return JSON.stringify({ id, parent_id: parentId, user_id: userId });
}

/** A state as REST and `get_states` show it. */
export function stateJson(state: EntityState): string {
  const { entityId, attributes, lastChangedMs, lastReportedMs, lastUpdatedMs, context } = state;
  return (
    `{"entity_id":${JSON.stringify(entityId)},"state":${JSON.stringify(state.state)},"attributes":${attributes.json}` +
    `,"last_changed":"${isoTime(lastChangedMs)}","last_reported":"${isoTime(lastReportedMs)}"` +
    `,"last_updated":"${isoTime(lastUpdatedMs)}","context":${contextJson(context)}}`
  );
}

/** A state as `subscribe_entities` adds it. */
export function compressedStateJson(state: EntityState): string {
  const { attributes, context, lastChangedMs, lastUpdatedMs } = state;
  const shortContext =
    context.parentId === null && context.userId === null ? JSON.stringify(context.id) : contextJson(context);
  const updated = lastUpdatedMs === lastChangedMs ? '' : `,"lu":${epochSeconds(lastUpdatedMs)}`;
  return (
    `{"s":${JSON.stringify(state.state)},"a":${attributes.json},"c":${shortContext}` +
    `,"lc":${epochSeconds(lastChangedMs)}${updated}}`
  );
}

/** A change as `subscribe_entities` tells it: an addition, a difference or a removal. */
export function compressedChangeJson({ entityId, before, after }: StateChange): string {
  const name = JSON.stringify(entityId);
  if (after === null) return `{"r":[${name}]}`;
  if (before === null) return `{"a":{${name}:${compressedStateJson(after)}}}`;
  return `{"c":{${name}:${JSON.stringify(difference(before, after))}}}`;
}

function difference(before: EntityState, after: EntityState): Record<string, unknown> {
  const additions: Record<string, unknown> = {};
  if (after.state !== before.state) additions['s'] = after.state;
  if (after.lastChangedMs !== before.lastChangedMs) additions['lc'] = epochSeconds(after.lastChangedMs);
  else if (after.lastUpdatedMs !== before.lastUpdatedMs) additions['lu'] = epochSeconds(after.lastUpdatedMs);
  const context = contextDifference(before.context, after.context);
  if (context !== null) additions['c'] = context;
  const { changed, removed } = attributeDifference(before.attributes.values, after.attributes.values);
  if (Object.keys(changed).length > 0) additions['a'] = changed;
  return removed.length > 0 ? { '+': additions, '-': { a: removed } } : { '+': additions };
}

function contextDifference(before: Context, after: Context): unknown {
  const changed: Record<string, unknown> = {};
  if (before.parentId !== after.parentId) changed['parent_id'] = after.parentId;
  if (before.userId !== after.userId) changed['user_id'] = after.userId;
  if (before.id === after.id) return Object.keys(changed).length > 0 ? changed : null;
  return Object.keys(changed).length > 0 ? { ...changed, id: after.id } : after.id;
}

function attributeDifference(
  before: Attributes,
  after: Attributes,
): { changed: Record<string, unknown>; removed: string[] } {
  if (before === after) return { changed: {}, removed: [] };
  const changed: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(after)) {
    const old = before[key];
    if (!(key in before) || (old !== value && JSON.stringify(old) !== JSON.stringify(value)))
      changed[key] = value;
  }
  return { changed, removed: Object.keys(before).filter((key) => !(key in after)) };
}

/** A change as an event of type `state_changed`. */
export function stateChangedEventJson({ entityId, before, after, atMs, context }: StateChange): string {
  const data =
    `{"entity_id":${JSON.stringify(entityId)},"old_state":${before === null ? 'null' : stateJson(before)}` +
    `,"new_state":${after === null ? 'null' : stateJson(after)}}`;
  return eventJson('state_changed', data, atMs, context);
}

/** Any event of the bus; `dataJson` is its data. */
export function eventJson(eventType: string, dataJson: string, atMs: number, context: Context): string {
  return (
    `{"event_type":${JSON.stringify(eventType)},"data":${dataJson},"origin":"LOCAL"` +
    `,"time_fired":"${isoTime(atMs)}","context":${contextJson(context)}}`
  );
}
