import { Home } from '../home';
import { entriesForDisplay, EntryDetails, extendedEntry } from '../registry';
import { CommandError, CommandHandler } from '../websocket-connection';
import { idList } from './arguments';

const UPDATABLE_FIELDS = ['area_id', 'disabled_by', 'hidden_by', 'icon', 'labels', 'name', 'options'];

export function registryCommands(home: Home): Record<string, CommandHandler> {
  const { registry } = home;
  const extended = (entityId: string): unknown => {
    const entry = registry.get(entityId);
    return entry === undefined
      ? null
      : extendedEntry(entry, home.states.get(entityId)?.attributes.values ?? {});
  };
  return {
    'config/entity_registry/list': (connection, { id }) => connection.sendResult(id, registry.entities),

    'config/entity_registry/list_for_display': (connection, { id }) =>
      connection.sendResult(id, entriesForDisplay(registry.entities)),

    'config/entity_registry/get': (connection, { id, entity_id: entityId }) => {
      const entry = extended(String(entityId));
      if (entry === null) throw new CommandError('not_found', 'Entity not found');
      connection.sendResult(id, entry);
    },

    'config/entity_registry/get_entries': (connection, command) => {
      const entityIds = idList(command, 'entity_ids');
      const entries = Object.fromEntries(entityIds.map((entityId) => [entityId, extended(entityId)]));
      connection.sendResult(command.id, entries);
    },

    'config/entity_registry/update': (connection, command) => {
      if (!connection.user.isAdmin) throw new CommandError('unauthorized', 'Unauthorized');
      const { id, entity_id: entityId, new_entity_id: newEntityId } = command;
      const given = UPDATABLE_FIELDS.filter((field) => field in command);
      const details = Object.fromEntries(given.map((field) => [field, command[field]])) as EntryDetails;
      if (registry.get(String(entityId)) === undefined)
        throw new CommandError('not_found', 'Entity not found');
      const current = typeof newEntityId === 'string' ? newEntityId : String(entityId);
      if (current === entityId) home.updateEntry(current, details);
      else home.rename(String(entityId), current, details);
      connection.sendResult(id, { entity_entry: extended(current) });
    },

    'config/device_registry/list': (connection, { id }) => connection.sendResult(id, registry.devices),
    'config/area_registry/list': (connection, { id }) => connection.sendResult(id, registry.areas),
    'config/floor_registry/list': (connection, { id }) => connection.sendResult(id, registry.floors),
    'config/label_registry/list': (connection, { id }) => connection.sendResult(id, []),
  };
}
