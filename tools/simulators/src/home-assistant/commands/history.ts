import { compressedHistory, HistoryQuery, selectHistory } from '../history';
import { Home } from '../home';
import { RecordedState } from '../recorder';
import { epochSeconds } from '../state-json';
import { Command, CommandError, CommandHandler, WebSocketConnection } from '../websocket-connection';
import { flag, idList, optionalTime, requiredTime } from './arguments';

/** Live states of a stream are gathered for so long. */
const COALESCE_MS = 350;

function readQuery(home: Home, command: Command): HistoryQuery {
  const { timeZone } = home.options;
  const entityIds = idList(command, 'entity_ids');
  const startMs = requiredTime(command, 'start_time', timeZone);
  return {
    entityIds,
    startMs,
    endMs: optionalTime(command, 'end_time', timeZone) ?? Number.POSITIVE_INFINITY,
    includeStartState: flag(command, 'include_start_time_state', true),
    significantChangesOnly: flag(command, 'significant_changes_only', true),
    minimalResponse: flag(command, 'minimal_response', false),
    noAttributes: flag(command, 'no_attributes', false),
  };
}

/** Rows by entity, entities without any left out, and when the last one was. */
function readHistory(
  home: Home,
  query: HistoryQuery,
): { states: Record<string, unknown>; lastMs: number | null } {
  const states: Record<string, unknown> = {};
  let lastMs: number | null = null;
  for (const entityId of query.entityIds) {
    const rows = selectHistory(home.recorder, entityId, query);
    if (rows.length === 0) continue;
    states[entityId] = compressedHistory(entityId, rows, query);
    lastMs = Math.max(lastMs ?? 0, rows.at(-1)?.lastUpdatedMs ?? 0);
  }
  return { states, lastMs };
}

export function historyCommands(home: Home): Record<string, CommandHandler> {
  return {
    'history/history_during_period': (connection, command) => {
      const query = readQuery(home, command);
      if (query.entityIds.length === 0) throw new CommandError('unknown_error', 'Unknown error');
      const isFuture = query.startMs > home.nowMs();
      connection.sendResult(command.id, isFuture ? {} : readHistory(home, query).states);
    },

    'history/stream': (connection, command) => {
      const query = readQuery(home, command);
      connection.sendResult(command.id, null);
      const { states, lastMs } = readHistory(home, query);
      const event = {
        states,
        start_time: epochSeconds(query.startMs),
        end_time: epochSeconds(lastMs ?? Math.min(query.endMs, home.nowMs())),
      };
      connection.sendEventJson(command.id, JSON.stringify(event));
      if (query.endMs <= home.nowMs()) return;
      follow(home, connection, command.id, query);
      // What was stored meanwhile comes as a second message, which is only left out where it is empty and the first was not.
      if (lastMs === null) connection.sendEventJson(command.id, JSON.stringify({ ...event, states: {} }));
    },
  };
}

/** After the past, what happens now: gathered for a moment, until the end if there is one. */
function follow(home: Home, connection: WebSocketConnection, id: number, query: HistoryQuery): void {
  const wanted = new Set(query.entityIds);
  const pending = new Map<string, RecordedState[]>();
  let timer: NodeJS.Timeout | null = null;
  const flush = (): void => {
    timer = null;
    const states: Record<string, unknown> = {};
    for (const [entityId, rows] of pending) {
      states[entityId] = compressedHistory(entityId, rows, { ...query, minimalResponse: false });
    }
    pending.clear();
    connection.sendEventJson(id, JSON.stringify({ states }));
    if (home.nowMs() >= query.endMs) connection.unsubscribe(id);
  };
  const stop = home.states.onChange(({ entityId, after }) => {
    if (!wanted.has(entityId) || after === null || after.lastUpdatedMs >= query.endMs) return;
    const isAttributeOnly = after.lastChangedMs !== after.lastUpdatedMs;
    if (isAttributeOnly && query.significantChangesOnly) return;
    pending.set(entityId, [...(pending.get(entityId) ?? []), after]);
    timer ??= setTimeout(flush, COALESCE_MS).unref();
  });
  connection.subscribe(id, () => {
    stop();
    if (timer !== null) clearTimeout(timer);
  });
}
