import { Clock, isJsonObject, JsonObject } from '@smart-meter/meter-adapter';
import { askIfOffered } from '../context/home-context';
import { textAttribute } from '../entity-state/entity-state';
import { refusalCode } from '../websocket/command-refusal';
import { HomeAssistantConnection } from '../websocket/connection';
import { DeviceModel, RegisteredEntity } from './registered-entity';

export interface EntitiesListener {
  onEntities?(entities: readonly RegisteredEntity[]): void;
  onRenamed?(from: string, to: string): void;
}

/** A new device brings its entities one by one. */
const GATHER_MS = 3_000;

/**
 * The registered entities of some domains. Entities without a registry entry (set up in YAML without a unique id)
 * cannot be renamed, and are left out. Throws `MeterError`.
 */
export async function readEntities(
  connection: Pick<HomeAssistantConnection, 'command'>,
  domains: readonly string[],
  signal: AbortSignal,
): Promise<RegisteredEntity[]> {
  const [entities, devices] = await Promise.all([
    askIfOffered(connection, 'config/entity_registry/list', signal),
    askIfOffered(connection, 'config/device_registry/list', signal),
  ]);
  const models = new Map(objects(devices).map((device) => [device['id'], deviceModel(device)]));
  return objects(entities).flatMap((entry) => {
    const registryId = textAttribute(entry, 'id');
    const entityId = textAttribute(entry, 'entity_id');
    if (registryId === undefined || entityId === undefined || !isOf(entityId, domains)) return [];
    return [{ registryId, entityId, device: models.get(entry['device_id']) ?? null }];
  });
}

function deviceModel(device: JsonObject): DeviceModel | null {
  const manufacturer = textAttribute(device, 'manufacturer');
  const modelId = textAttribute(device, 'model_id') ?? null;
  const model = textAttribute(device, 'model') ?? modelId;
  return manufacturer === undefined || model === null ? null : { manufacturer, model, modelId };
}

function objects(list: unknown): JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

/**
 * Tells the entities, again some seconds after some have come or gone, and renames as they happen, for as long as the
 * connection lasts.
 */
export async function followEntities(
  connection: HomeAssistantConnection,
  domains: readonly string[],
  { onEntities, onRenamed }: EntitiesListener,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (!onEntities && !onRenamed) return;
  let isReading = false;
  const readAgain = async () => {
    if (isReading) return;
    isReading = true;
    await clock.sleep(GATHER_MS, signal);
    isReading = false;
    onEntities?.(await readEntities(connection, domains, signal));
  };
  const onUpdated = (event: unknown) => {
    const data = isJsonObject(event) && isJsonObject(event['data']) ? event['data'] : {};
    const from = textAttribute(data, 'old_entity_id');
    const to = textAttribute(data, 'entity_id');
    if (to === undefined || !isOf(to, domains)) return;
    if (from !== undefined) onRenamed?.(from, to);
    // The connection ends with what may go wrong here, and the next one reads the entities anyway.
    else if (data['action'] !== 'update') readAgain().catch(() => connection.close());
  };
  // First, so that nothing falls between the two.
  const topic = { event_type: 'entity_registry_updated' };
  try {
    await connection.subscribe('subscribe_events', topic, onUpdated, { signal });
  } catch (error) {
    // Not every user may listen to it in every version; the next connection shows what was renamed.
    if (refusalCode(error) === undefined) throw error;
  }
  onEntities?.(await readEntities(connection, domains, signal));
}

function isOf(entityId: string, domains: readonly string[]): boolean {
  return domains.includes(entityId.slice(0, entityId.indexOf('.')));
}
