import { isJsonObject, JsonObject, MeterError, toMeterError } from '@smart-meter/meter-adapter';
import { HomeSnapshot } from '../discovery/snapshot';
import { refusalCode } from '../websocket/command-refusal';
import { HomeAssistantConnection } from '../websocket/connection';

/** What Home Assistant tells over the WebSocket alone: its registries and the owner's energy dashboard. */
export type HomeContext = Omit<HomeSnapshot, 'states'>;

/**
 * Reads registries and energy preferences. What a Home Assistant does not have or does not give is left out;
 * throws `MeterError` where it did not answer.
 */
export async function readHomeContext(
  connection: Pick<HomeAssistantConnection, 'command'>,
  signal: AbortSignal,
): Promise<HomeContext> {
  const ask = (command: string) => askIfOffered(connection, command, signal);
  const [entityRegistry, deviceRegistry, areaRegistry, energyPrefs] = await Promise.all([
    ask('config/entity_registry/list'),
    ask('config/device_registry/list'),
    ask('config/area_registry/list'),
    ask('energy/get_prefs'),
  ]);
  return {
    entityRegistry: compact(entityRegistry, ENTITY_FIELDS, isSensor),
    deviceRegistry: compact(deviceRegistry, DEVICE_FIELDS),
    areaRegistry: compact(areaRegistry, AREA_FIELDS),
    energyPrefs,
  };
}

/** The registries of a large home have megabytes, and are kept for as long as the service runs. */
function compact(
  list: unknown,
  fields: readonly string[],
  isKept: (item: JsonObject) => boolean = () => true,
): JsonObject[] {
  const items = Array.isArray(list) ? list.filter(isJsonObject).filter(isKept) : [];
  return items.map((item) =>
    Object.fromEntries(fields.flatMap((field) => (item[field] === undefined ? [] : [[field, item[field]]]))),
  );
}

function isSensor({ entity_id: entityId }: JsonObject): boolean {
  return typeof entityId === 'string' && entityId.startsWith('sensor.');
}

const ENTITY_FIELDS = [
  'id',
  'entity_id',
  'platform',
  'unique_id',
  'translation_key',
  'device_id',
  'area_id',
  'entity_category',
  'hidden_by',
  'disabled_by',
];
const DEVICE_FIELDS = [
  'id',
  'name',
  'name_by_user',
  'manufacturer',
  'model',
  'model_id',
  'area_id',
  'parent_device_id',
];
const AREA_FIELDS = ['area_id', 'name'];

/** The answer to a command without arguments; undefined where this Home Assistant has none. Throws `MeterError`. */
export async function askIfOffered(
  connection: Pick<HomeAssistantConnection, 'command'>,
  command: string,
  signal: AbortSignal,
): Promise<unknown> {
  try {
    return await connection.command(command, {}, { signal });
  } catch (error) {
    // No energy dashboard set up, no such integration loaded, an older version.
    if (NOT_OFFERED.has(refusalCode(error) ?? '')) return undefined;
    signal.throwIfAborted();
    throw toMeterError(error, `asking for ${command}`) satisfies MeterError;
  }
}

const NOT_OFFERED: ReadonlySet<string> = new Set([
  'unknown_command',
  'not_found',
  'unauthorized',
  'not_supported',
]);
