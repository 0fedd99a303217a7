import { createHash } from 'node:crypto';
import { SimulatorClock } from '../shared';
import { EventBus } from './event-bus';

/** An entry of the entity registry, with the names of the wire. */
export interface RegistryEntry {
  readonly id: string;
  readonly entity_id: string;
  readonly unique_id: string;
  readonly platform: string;
  readonly name: string | null;
  readonly original_name: string | null;
  readonly has_entity_name: boolean;
  readonly translation_key: string | null;
  readonly device_id: string | null;
  readonly area_id: string | null;
  readonly config_entry_id: string | null;
  readonly config_subentry_id: string | null;
  readonly entity_category: 'config' | 'diagnostic' | null;
  readonly disabled_by: string | null;
  readonly hidden_by: string | null;
  readonly icon: string | null;
  readonly labels: readonly string[];
  readonly categories: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly created_at: number;
  readonly modified_at: number;
}

export interface RegistryDevice {
  readonly id: string;
  readonly name: string | null;
  readonly [field: string]: unknown;
}

export interface RegistryArea {
  readonly area_id: string;
  readonly name: string;
  readonly floor_id: string | null;
  readonly [field: string]: unknown;
}

export interface RegistryFloor {
  readonly floor_id: string;
  readonly name: string;
  readonly level: number | null;
  readonly [field: string]: unknown;
}

/** What a test may say of an entry; the rest is filled in. */
export type EntryDetails = Partial<Omit<RegistryEntry, 'entity_id' | 'created_at' | 'modified_at'>>;

const UPDATED = 'entity_registry_updated';

/** Ids that stay the same from run to run. */
function stableId(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\u0000')).digest('hex').slice(0, 32);
}

/** The entity, device, area and floor registries. Every change of an entry is announced as the real one does. */
export class Registry {
  private readonly entries = new Map<string, RegistryEntry>();
  private readonly deviceList = new Map<string, RegistryDevice>();
  private readonly areaList = new Map<string, RegistryArea>();
  private readonly floorList = new Map<string, RegistryFloor>();

  constructor(
    private readonly clock: SimulatorClock,
    private readonly bus: EventBus,
  ) {}

  get entities(): readonly RegistryEntry[] {
    return [...this.entries.values()];
  }

  get devices(): readonly RegistryDevice[] {
    return [...this.deviceList.values()];
  }

  get areas(): readonly RegistryArea[] {
    return [...this.areaList.values()];
  }

  get floors(): readonly RegistryFloor[] {
    return [...this.floorList.values()];
  }

  get(entityId: string): RegistryEntry | undefined {
    return this.entries.get(entityId);
  }

  /** Creates the entry, or updates what is given when it is there. */
  register(entityId: string, details: EntryDetails = {}): RegistryEntry {
    if (this.entries.has(entityId)) return this.update(entityId, details);
    const platform = details.platform ?? 'simulated';
    const uniqueId = details.unique_id ?? entityId.slice(entityId.indexOf('.') + 1);
    const createdAt = this.clock.now().getTime() / 1000;
    const entry: RegistryEntry = {
      id: stableId(platform, uniqueId),
      entity_id: entityId,
      unique_id: uniqueId,
      platform,
      name: null,
      original_name: null,
      has_entity_name: false,
      translation_key: null,
      device_id: null,
      area_id: null,
      config_entry_id: null,
      config_subentry_id: null,
      entity_category: null,
      disabled_by: null,
      hidden_by: null,
      icon: null,
      labels: [],
      categories: {},
      options: {},
      ...details,
      created_at: createdAt,
      modified_at: createdAt,
    };
    this.entries.set(entityId, entry);
    this.bus.fire(UPDATED, { action: 'create', entity_id: entityId });
    return entry;
  }

  /** Throws RangeError when there is no such entry. */
  update(entityId: string, details: EntryDetails & { readonly entity_id?: string }): RegistryEntry {
    const before = this.entries.get(entityId);
    if (before === undefined) throw new RangeError(`${entityId} is not in the registry`);
    const after = { ...before, ...details, modified_at: this.clock.now().getTime() / 1000 };
    const changes: Record<string, unknown> = {};
    for (const key of Object.keys(details) as (keyof typeof details)[]) {
      if (JSON.stringify(before[key]) !== JSON.stringify(after[key])) changes[key] = before[key];
    }
    this.entries.delete(entityId);
    this.entries.set(after.entity_id, after);
    if (Object.keys(changes).length > 0) {
      const renamed = after.entity_id === entityId ? {} : { old_entity_id: entityId };
      this.bus.fire(UPDATED, { action: 'update', entity_id: after.entity_id, changes, ...renamed });
    }
    return after;
  }

  remove(entityId: string): void {
    if (!this.entries.delete(entityId)) return;
    this.bus.fire(UPDATED, { action: 'remove', entity_id: entityId });
  }

  addDevice(device: Partial<RegistryDevice> & { readonly id: string }): RegistryDevice {
    const at = this.clock.now().getTime() / 1000;
    const complete = {
      area_id: null,
      configuration_url: null,
      config_entries: [],
      connections: [],
      created_at: at,
      disabled_by: null,
      entry_type: null,
      hw_version: null,
      identifiers: [],
      labels: [],
      manufacturer: null,
      model: null,
      model_id: null,
      modified_at: at,
      name: null,
      name_by_user: null,
      primary_config_entry: null,
      serial_number: null,
      sw_version: null,
      via_device_id: null,
      ...device,
    };
    this.deviceList.set(device.id, complete);
    this.bus.fire('device_registry_updated', { action: 'create', device_id: device.id });
    return complete;
  }

  addArea(areaId: string, name: string, floorId: string | null = null): void {
    const at = this.clock.now().getTime() / 1000;
    this.areaList.set(areaId, {
      aliases: [],
      area_id: areaId,
      floor_id: floorId,
      humidity_entity_id: null,
      icon: null,
      labels: [],
      name,
      picture: null,
      temperature_entity_id: null,
      created_at: at,
      modified_at: at,
    });
    this.bus.fire('area_registry_updated', { action: 'create', area_id: areaId });
  }

  addFloor(floorId: string, name: string, level: number | null): void {
    const at = this.clock.now().getTime() / 1000;
    const times = { created_at: at, modified_at: at };
    this.floorList.set(floorId, { aliases: [], floor_id: floorId, icon: null, level, name, ...times });
    this.bus.fire('floor_registry_updated', { action: 'create', floor_id: floorId });
  }
}

/** The short form of the enabled entries. */
export function entriesForDisplay(entries: readonly RegistryEntry[]): unknown {
  const enabled = entries.filter((entry) => entry.disabled_by === null);
  return {
    entity_categories: { '0': 'config', '1': 'diagnostic' },
    entities: enabled.map((entry) => ({
      ei: entry.entity_id,
      pl: entry.platform,
      lb: entry.labels,
      ...(entry.area_id === null ? {} : { ai: entry.area_id }),
      ...(entry.device_id === null ? {} : { di: entry.device_id }),
      ...(entry.entity_category === null ? {} : { ec: entry.entity_category === 'config' ? 0 : 1 }),
      ...(entry.icon === null ? {} : { ic: entry.icon }),
      ...(entry.translation_key === null ? {} : { tk: entry.translation_key }),
      ...(entry.hidden_by === null ? {} : { hb: true }),
      ...(entry.has_entity_name ? { hn: true } : {}),
      ...((entry.name ?? entry.original_name) === null ? {} : { en: entry.name ?? entry.original_name }),
    })),
  };
}

/** An entry as `get` and `get_entries` show it. */
export function extendedEntry(entry: RegistryEntry, attributes: Readonly<Record<string, unknown>>): unknown {
  const stateClass = attributes['state_class'];
  return {
    ...entry,
    aliases: [],
    capabilities: stateClass === undefined ? null : { state_class: stateClass },
    device_class: null,
    original_device_class: attributes['device_class'] ?? null,
    original_icon: null,
  };
}
