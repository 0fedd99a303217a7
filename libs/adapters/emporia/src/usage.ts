import { numberOrNull } from '@smart-meter/meter-adapter';
import { channelKey, circuitId } from './channel-key';

/** Energy of one channel in one bucket, as Emporia tells it. */
export interface ChannelUsage {
  gid: number;
  key: string;
  name: string | null;
  /** kWh; null = no data. */
  energyKwh: number | null;
  /** The circuit that the device of this channel sits behind. */
  parentId: string | null;
}

export interface UsageAnswer {
  /** The instant that Emporia actually answered for; null where it does not say. */
  instant: Date | null;
  /** By circuit id; every channel once. */
  channels: ReadonlyMap<string, ChannelUsage>;
}

export const NO_USAGE: UsageAnswer = { instant: null, channels: new Map() };

/** How the two hosts name the same fields. */
export interface UsageFields {
  deviceGid: string;
  channelUsages: string;
  channel: readonly string[];
  nestedDevices: string;
}

/** Deeper than any home; keeps a lying answer from exhausting the stack. */
const DEEPEST_NESTING = 8;

/**
 * Walks devices and what is nested below their channels. A channel that occurs twice counts once: where it is
 * nested, for there it is known what it is a part of.
 */
export function walkUsages(devices: readonly unknown[], fields: UsageFields): Map<string, ChannelUsage> {
  const found = new Map<string, ChannelUsage>();
  visitDevices(devices, null, null, 0, fields, found);
  return found;
}

function visitDevices(
  devices: readonly unknown[],
  parentId: string | null,
  parentGid: number | null,
  depth: number,
  fields: UsageFields,
  found: Map<string, ChannelUsage>,
): void {
  if (depth > DEEPEST_NESTING) return;
  for (const device of devices) {
    if (typeof device !== 'object' || device === null) continue;
    const entry = device as Record<string, unknown>;
    const gid = numberOrNull(entry[fields.deviceGid]);
    for (const channel of listOf(entry[fields.channelUsages])) {
      visitChannel(channel, gid, parentId, parentGid, depth, fields, found);
    }
  }
}

function visitChannel(
  channel: unknown,
  deviceGid: number | null,
  parentId: string | null,
  parentGid: number | null,
  depth: number,
  fields: UsageFields,
  found: Map<string, ChannelUsage>,
): void {
  if (typeof channel !== 'object' || channel === null) return;
  const entry = channel as Record<string, unknown>;
  const gid = numberOrNull(entry[fields.deviceGid]) ?? deviceGid;
  const vendorName = fields.channel.map((field) => entry[field]).find((value) => typeof value === 'string');
  if (gid === null || vendorName === undefined) return;
  const key = channelKey(String(vendorName));
  const id = circuitId(gid, key);
  const name = typeof entry['name'] === 'string' && entry['name'].trim() !== '' ? entry['name'].trim() : null;
  const behind = parentGid === gid ? null : parentId;
  const known = found.get(id);
  if (!known || (known.parentId === null && behind !== null)) {
    found.set(id, { gid, key, name, energyKwh: numberOrNull(entry['usage']), parentId: behind });
  }
  visitDevices(listOf(entry[fields.nestedDevices]), id, gid, depth + 1, fields, found);
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
