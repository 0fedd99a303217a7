import { ChangeHub } from '../change-hub';
import { Home } from '../home';
import { compressedStateJson, stateJson } from '../state-json';
import { Command, CommandError, CommandHandler } from '../websocket-connection';
import { idList } from './arguments';

/** What a user who is no administrator may listen to. */
const OPEN_EVENT_TYPES = new Set([
  'area_registry_updated',
  'component_loaded',
  'core_config_updated',
  'device_registry_updated',
  'entity_registry_updated',
  'floor_registry_updated',
  'label_registry_updated',
  'recorder_5min_statistics_generated',
  'recorder_hourly_statistics_generated',
  'service_registered',
  'service_removed',
  'state_changed',
]);

export function coreCommands(home: Home, hub: ChangeHub): Record<string, CommandHandler> {
  return {
    ping: (connection, { id }) => connection.sendPong(id),

    supported_features: (connection, { id, features }) => {
      const { coalesce_messages: coalesce } = (features ?? {}) as { coalesce_messages?: unknown };
      if (coalesce === 1) connection.enableCoalescing();
      connection.sendResult(id, null);
    },

    get_config: (connection, { id }) => connection.sendResult(id, home.config()),

    get_services: (connection, { id }) => connection.sendResult(id, {}),

    get_states: (connection, { id }) =>
      connection.sendResultJson(id, `[${Array.from(home.states.all(), stateJson).join(',')}]`),

    'auth/current_user': (connection, { id }) => {
      const { user } = connection;
      connection.sendResult(id, {
        id: user.id,
        name: user.name,
        is_owner: user.isAdmin,
        is_admin: user.isAdmin,
        credentials: [{ auth_provider_type: 'homeassistant', auth_provider_id: null }],
        mfa_modules: [{ id: 'totp', name: 'Authenticator app', enabled: false }],
      });
    },

    subscribe_entities: (connection, command) => {
      const { id } = command;
      const chosen = command['entity_ids'] === undefined ? [] : idList(command, 'entity_ids');
      const passes = entityFilter(command);
      connection.sendResult(id, null);
      const listed = chosen.length > 0;
      const states = listed
        ? chosen.flatMap((entityId) => home.states.get(entityId) ?? [])
        : [...home.states.all()].filter(({ entityId }) => passes(entityId));
      const added = states.map((state) => `${JSON.stringify(state.entityId)}:${compressedStateJson(state)}`);
      connection.sendEventJson(id, `{"a":{${added.join(',')}}}`);
      const tell = (json: string): void => connection.sendEventJson(id, json);
      connection.subscribe(id, listed ? hub.listenToEntities(chosen, tell) : hub.listenToAll(passes, tell));
    },

    subscribe_events: (connection, { id, event_type: eventType }) => {
      if (!connection.user.isAdmin && !OPEN_EVENT_TYPES.has(String(eventType))) {
        throw new CommandError('unauthorized', 'Unauthorized');
      }
      connection.sendResult(id, null);
      const all = eventType === undefined || eventType === '*';
      const tell = (json: string): void => connection.sendEventJson(id, json);
      const stops = [
        home.bus.listen((firedType, json) => {
          if (all || firedType === eventType) tell(json);
        }),
      ];
      if (all || eventType === 'state_changed') stops.push(hub.listenToEvents(tell));
      connection.subscribe(id, () => stops.forEach((stop) => stop()));
    },

    unsubscribe_events: (connection, { id, subscription }) => {
      if (!connection.unsubscribe(Number(subscription))) {
        throw new CommandError('not_found', 'Subscription not found.');
      }
      connection.sendResult(id, null);
    },
  };
}

interface FilterArguments {
  readonly domains?: readonly string[];
  readonly entities?: readonly string[];
  readonly entity_globs?: readonly string[];
}

/** The `include` and `exclude` of newer versions; without them everything passes. */
function entityFilter({ include, exclude }: Command): (entityId: string) => boolean {
  if (include === undefined && exclude === undefined) return () => true;
  const included = matcher((include ?? {}) as FilterArguments);
  const excluded = matcher((exclude ?? {}) as FilterArguments);
  return (entityId) => (include === undefined || included(entityId)) && !excluded(entityId);
}

function matcher({ domains = [], entities = [], entity_globs: globs = [] }: FilterArguments) {
  const patterns = globs.map((glob) => {
    const escaped = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&');
    return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
  });
  return (entityId: string): boolean =>
    domains.includes(entityId.slice(0, entityId.indexOf('.'))) ||
    entities.includes(entityId) ||
    patterns.some((pattern) => pattern.test(entityId));
}
