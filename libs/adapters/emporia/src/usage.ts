import { isJsonObject, JsonObject, numberOrNull } from '@smart-meter/meter-adapter';
import { channelKey, circuitId } from './channel-key';
import { text } from './payload-fields';

/** Energy of one channel in one bucket, as Emporia tells it. */
export interface ChannelUsage {
  gid: number;
  key: string;
  name: string | null;
  /** kWh; null = no data. */
  energyKwh: number | null;
  /** The channel that the device of this one sits behind. */
  parent: { gid: number; key: string } | null;
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
  visitDevices(devices, null, 0, fields, found);
  return found;
}

function visitDevices(
  devices: readonly unknown[],
  parent: ChannelUsage['parent'],
  depth: number,
  fields: UsageFields,
  found: Map<string, ChannelUsage>,
): void {
  if (depth > DEEPEST_NESTING) return;
  for (const device of devices) {
    if (!isJsonObject(device)) continue;
    const gid = numberOrNull(device[fields.deviceGid]);
    for (const channel of listOf(device[fields.channelUsages])) {
      if (isJsonObject(channel)) visitChannel(channel, gid, parent, depth, fields, found);
    }
  }
}

function visitChannel(
  channel: JsonObject,
  deviceGid: number | null,
  parent: ChannelUsage['parent'],
  depth: number,
  fields: UsageFields,
  found: Map<string, ChannelUsage>,
): void {
  const gid = numberOrNull(channel[fields.deviceGid]) ?? deviceGid;
  const vendorName = fields.channel.map((field) => text(channel[field])).find((name) => name !== null);
  if (gid === null || !vendorName) return;
  const key = channelKey(vendorName);
  const id = circuitId(gid, key);
  const name = text(channel['name']);
  const behind = parent?.gid === gid ? null : parent;
  const known = found.get(id);
  if (!known || (known.parent === null && behind !== null)) {
    found.set(id, {
      gid,
      key,
      // A name that only repeats the channel says nothing.
      name: name === vendorName ? null : name,
      energyKwh: numberOrNull(channel['usage']),
      parent: behind,
    });
  }
  visitDevices(listOf(channel[fields.nestedDevices]), { gid, key }, depth + 1, fields, found);
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
