import { isJsonObject, JsonObject } from '@smart-meter/meter-adapter';
import { textAttribute } from '../entity-state/entity-state';
import { HomeSnapshot } from './snapshot';

export interface RegistryEntry {
  /** Survives renames. */
  registryId?: string;
  /** The integration: `shelly`, `template`, ... */
  platform: string;
  /** Given by the integration; survives renames and translations. */
  uniqueId: string;
  translationKey: string;
  deviceId?: string;
  isHidden: boolean;
  /** `diagnostic` or `config`. */
  category?: string;
  /** Area, device, manufacturer, model and platform, as far as known. */
  metadata: Readonly<Record<string, string>>;
  /** The device's model and model id, for telling apart the meters of one integration. */
  model: string;
}

/** Integrations whose power sensors are computed from other sensors. */
const DERIVED_PLATFORMS: ReadonlySet<string> = new Set([
  'template',
  'integration',
  'utility_meter',
  'group',
  'min_max',
  'derivative',
  'filter',
  'statistics',
  'powercalc',
  'energy',
]);

/** Entity, device and area registry in one. Without them it knows nothing, and everything still works. */
export class Registry {
  private readonly entities: ReadonlyMap<unknown, JsonObject>;
  private readonly devices: ReadonlyMap<unknown, JsonObject>;
  private readonly areas: ReadonlyMap<unknown, JsonObject>;

  constructor(snapshot: HomeSnapshot) {
    this.entities = indexBy(snapshot.entityRegistry, 'entity_id');
    this.devices = indexBy(snapshot.deviceRegistry, 'id');
    this.areas = indexBy(snapshot.areaRegistry, 'area_id');
  }

  entry(entityId: string): RegistryEntry | undefined {
    const entity = this.entities.get(entityId);
    if (!entity) return undefined;
    const deviceId = textAttribute(entity, 'device_id');
    const device = this.devices.get(deviceId);
    const registryId = textAttribute(entity, 'id');
    const category = textAttribute(entity, 'entity_category');
    return {
      ...(registryId === undefined ? {} : { registryId }),
      ...(deviceId === undefined ? {} : { deviceId }),
      ...(category === undefined ? {} : { category }),
      platform: textAttribute(entity, 'platform') ?? '',
      uniqueId: idText(entity['unique_id']),
      translationKey: textAttribute(entity, 'translation_key') ?? '',
      isHidden: isSet(entity['hidden_by']) || isSet(entity['disabled_by']),
      metadata: this.metadata(entity, device),
      model: device ? `${idText(device['model'])} ${idText(device['model_id'])}`.trim() : '',
    };
  }

  private metadata(entity: JsonObject, device: JsonObject | undefined): Record<string, string> {
    const area = this.areas.get(this.areaId(entity, device));
    const facts = {
      area: area && textAttribute(area, 'name'),
      device: device && (textAttribute(device, 'name_by_user') ?? textAttribute(device, 'name')),
      manufacturer: device && textAttribute(device, 'manufacturer'),
      model: device && textAttribute(device, 'model'),
      platform: textAttribute(entity, 'platform'),
    };
    return Object.fromEntries(
      Object.entries(facts).filter((fact): fact is [string, string] => fact[1] !== undefined),
    );
  }

  /** The entity's own area, else its device's, else that of the device it is a part of. */
  private areaId(entity: JsonObject, device: JsonObject | undefined): string | undefined {
    const own = textAttribute(entity, 'area_id') ?? (device && textAttribute(device, 'area_id'));
    if (own !== undefined || !device) return own;
    const parent = this.devices.get(textAttribute(device, 'parent_device_id'));
    return parent && textAttribute(parent, 'area_id');
  }
}

export function isDerived(entry: RegistryEntry | undefined): entry is RegistryEntry {
  return entry !== undefined && DERIVED_PLATFORMS.has(entry.platform);
}

function indexBy(list: unknown, key: string): Map<unknown, JsonObject> {
  const items = Array.isArray(list) ? list.filter(isJsonObject) : [];
  return new Map(items.filter((item) => item[key] !== undefined).map((item) => [item[key], item]));
}

function isSet(value: unknown): boolean {
  return value !== null && value !== undefined && value !== false;
}

/** Some integrations give numbers for ids. */
function idText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
