import { isJsonObject, JsonObject, MeterError } from '@smart-meter/meter-adapter';
import { SOLAR_DEVICE_ID } from './live-update';

/** The devices of one monitor: which are circuits, and which are passed over and why. */
export interface DeviceInventory {
  kept: readonly SenseDevice[];
  passedOver: readonly PassedOverDevice[];
}

export interface SenseDevice {
  id: string;
  name: string;
  isPlug: boolean;
}

export interface PassedOverDevice extends SenseDevice {
  reason: string;
  /** Stands for a device that is kept; whatever it drew before is its own. */
  isDuplicate: boolean;
}

/** The remainder that no device explains. */
export const UNKNOWN_DEVICE_ID = 'unknown';
export const ALWAYS_ON_DEVICE_ID = 'always_on';

const VIRTUAL_NAMES: Readonly<Record<string, string>> = {
  [UNKNOWN_DEVICE_ID]: 'Other',
  [ALWAYS_ON_DEVICE_ID]: 'Always On',
};

/** The name where Sense gives none. */
export function fallbackName(deviceId: string): string {
  return VIRTUAL_NAMES[deviceId] ?? deviceId;
}

/**
 * Why Sense's own app would not list this device, or null. Tags are text, `"false"` too.
 */
export function hiddenReason(tags: JsonObject): string | null {
  if (tags['MergeId']) return 'merged into another device, which carries its power';
  if (isTag(tags['UserDeleted'], 'true')) return 'deleted by its owner';
  if (isTag(tags['DeviceListAllowed'], 'false')) return 'Sense keeps it out of the device list';
  return null;
}

/**
 * The answer of `devices/overview`, or the bare array of `devices`.
 * Throws `MeterError` `malformed_response` where it is neither.
 */
export function parseInventory(value: unknown): DeviceInventory {
  const list = isJsonObject(value) ? value['devices'] : value;
  if (!Array.isArray(list)) {
    throw new MeterError('malformed_response', 'devices: expected an array');
  }
  const kept = new Map<string, Listed>();
  const passedOver: PassedOverDevice[] = [];
  for (const entry of list) {
    const device = isJsonObject(entry) ? parseListed(entry) : null;
    if (!device || device.id === SOLAR_DEVICE_ID) continue;
    const reason = hiddenReason(device.tags);
    if (reason) passedOver.push({ ...publicPart(device), reason, isDuplicate: false });
    else kept.set(device.id, device);
  }
  for (const older of olderPlugs([...kept.values()])) {
    kept.delete(older.id);
    const reason = 'an older pairing of a plug that was paired again';
    passedOver.push({ ...publicPart(older), reason, isDuplicate: true });
  }
  return { kept: [...kept.values()].map(publicPart), passedOver };
}

interface Listed extends SenseDevice {
  tags: JsonObject;
}

function parseListed(device: JsonObject): Listed | null {
  const { id, name } = device;
  if (typeof id !== 'string' || id === '') return null;
  const tags = isJsonObject(device['tags']) ? device['tags'] : {};
  return {
    id,
    name: typeof name === 'string' && name.trim() !== '' ? name.trim() : fallbackName(id),
    isPlug: tags['DefaultUserDeviceType'] === 'SmartPlug' || 'SmartPlugModel' in tags,
    tags,
  };
}

/** A plug that is paired again gets a new id and leaves the old one behind: the newest of a name is the real one. */
function olderPlugs(devices: readonly Listed[]): Listed[] {
  const newest = new Map<string, Listed>();
  const older: Listed[] = [];
  for (const plug of devices.filter((device) => device.isPlug)) {
    const rival = newest.get(plug.name);
    if (!rival) newest.set(plug.name, plug);
    else if (createdAt(plug) > createdAt(rival)) {
      newest.set(plug.name, plug);
      older.push(rival);
    } else older.push(plug);
  }
  return older;
}

/** ISO instants sort as text. */
function createdAt({ tags }: Listed): string {
  return typeof tags['DateCreated'] === 'string' ? tags['DateCreated'] : '';
}

function publicPart({ id, name, isPlug }: Listed): SenseDevice {
  return { id, name, isPlug };
}

function isTag(value: unknown, expected: 'true' | 'false'): boolean {
  return String(value).toLowerCase() === expected;
}
