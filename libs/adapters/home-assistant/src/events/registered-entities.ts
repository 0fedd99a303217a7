import { isJsonObject } from '@smart-meter/meter-adapter';
import { askIfOffered } from '../context/home-context';
import { textAttribute } from '../entity-state/entity-state';
import { refusalCode } from '../websocket/command-refusal';
import { HomeAssistantConnection } from '../websocket/connection';

/** An entity of the registry, known by what survives renames. */
export interface RegisteredEntity {
  /** Stays the same when the entity is renamed. */
  registryId: string;
  entityId: string;
}

export interface EntitiesListener {
  onEntities?(entities: readonly RegisteredEntity[]): void;
  onRenamed?(from: string, to: string): void;
}

/**
 * The registered entities of some domains. Entities without a registry entry (set up in YAML without a unique id)
 * cannot be renamed, and are left out. Throws `MeterError`.
 */
export async function readEntities(
  connection: Pick<HomeAssistantConnection, 'command'>,
  domains: readonly string[],
  signal: AbortSignal,
): Promise<RegisteredEntity[]> {
  const list = await askIfOffered(connection, 'config/entity_registry/list', signal);
  return (Array.isArray(list) ? list.filter(isJsonObject) : []).flatMap((entry) => {
    const registryId = textAttribute(entry, 'id');
    const entityId = textAttribute(entry, 'entity_id');
    if (registryId === undefined || entityId === undefined || !isOf(entityId, domains)) return [];
    return [{ registryId, entityId }];
  });
}

/** Tells the entities once, and from then on those that are renamed, for as long as the connection lasts. */
export async function followEntities(
  connection: HomeAssistantConnection,
  domains: readonly string[],
  { onEntities, onRenamed }: EntitiesListener,
  signal: AbortSignal,
): Promise<void> {
  if (onRenamed) {
    // First, so that no rename falls between the two.
    const onUpdated = (event: unknown) => {
      const data = isJsonObject(event) && isJsonObject(event['data']) ? event['data'] : {};
      const from = textAttribute(data, 'old_entity_id');
      const to = textAttribute(data, 'entity_id');
      if (from !== undefined && to !== undefined && isOf(to, domains)) onRenamed(from, to);
    };
    const topic = { event_type: 'entity_registry_updated' };
    try {
      await connection.subscribe('subscribe_events', topic, onUpdated, { signal });
    } catch (error) {
      // Not every user may listen to it in every version; the next connection shows what was renamed.
      if (refusalCode(error) === undefined) throw error;
    }
  }
  onEntities?.(await readEntities(connection, domains, signal));
}

function isOf(entityId: string, domains: readonly string[]): boolean {
  return domains.includes(entityId.slice(0, entityId.indexOf('.')));
}
