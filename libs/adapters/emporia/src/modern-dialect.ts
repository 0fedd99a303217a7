import {
  expectArray,
  expectObject,
  instantOrNull,
  isJsonObject,
  JsonObject,
  numberOrNull,
} from '@smart-meter/meter-adapter';
import { channelKey, MAINS } from './channel-key';
import { chartParameters, Dialect, formatInstant, Scale } from './dialect';
import { ChannelKind, EmporiaChannel, EmporiaDevice, mergeDevice } from './inventory';
import { boolean, isApplianceModel, text } from './payload-fields';
import { NO_USAGE, UsageFields, walkUsages } from './usage';

const SCALES: Readonly<Record<Scale, string>> = {
  '1MIN': 'MINUTE',
  '15MIN': 'MINUTES_15',
  '1H': 'HOUR',
  '1D': 'DAY',
};

const KINDS: Readonly<Record<string, ChannelKind>> = {
  MAIN: 'main',
  FIFTY_AMP: 'branch',
  FIFTY_AMP_BIDIRECTIONAL: 'bidirectional',
  MERGED: 'merged',
};

const USAGE_FIELDS: UsageFields = {
  deviceGid: 'device_gid',
  channelUsages: 'channel_usages',
  channel: ['channel_id', 'channel_num'],
  nestedDevices: 'nested_devices',
};

/** The interface of `c-api.emporiaenergy.com`. */
export function modernDialect(baseUrl: string): Dialect {
  return {
    tokenHeader: 'authorization',
    inventoryUrl: () => `${baseUrl}/v1/customers/devices`,
    readInventory: (body) => {
      // Seen both bare and wrapped.
      const entries = Array.isArray(body)
        ? body
        : expectArray(expectObject(body, 'the device list')['devices'], 'devices');
      const devices = new Map<number, EmporiaDevice>();
      for (const entry of entries) {
        const device = isJsonObject(entry) ? readDevice(entry) : null;
        if (device) mergeDevice(devices, device);
      }
      return { devices: [...devices.values()] };
    },
    usageUrl: (gids, instant, scale) =>
      `${baseUrl}/v1/customers/devices/usages?device_gids=${gids.join(',')}` +
      `&instant=${formatInstant(instant)}&scale=${SCALES[scale]}&energy_unit=KILOWATT_HOURS`,
    readUsage: (body) => {
      if (body === null) return NO_USAGE;
      const answer = expectObject(body, 'the usage answer');
      return {
        instant: instantOrNull(answer['instant']),
        channels: walkUsages(expectArray(answer['device_usages'] ?? [], 'device_usages'), USAGE_FIELDS),
      };
    },
    chartUrl: (query) => `${baseUrl}/v1/migrated/app-api/chart-usage?${chartParameters(query)}`,
  };
}

function readDevice(entry: JsonObject): EmporiaDevice | null {
  const gid = numberOrNull(entry['device_gid']);
  if (gid === null) return null;
  const model = text(entry['device_type']) ?? text(entry['model']);
  const serial = text(entry['device_id']);
  const primaryGid = numberOrNull(entry['primary_vue_gid']);
  const parentGid = numberOrNull(entry['parent_device_gid']);
  const parentChannel = text(entry['parent_channel_id']) ?? text(entry['parent_channel_num']);
  return {
    gid,
    serial,
    model,
    name: text(entry['display_name']) ?? text(entry['device_name']),
    timeZone: text(entry['time_zone']),
    parent:
      parentGid === null ? null : { gid: parentGid, key: parentChannel ? channelKey(parentChannel) : MAINS },
    secondOf: primaryGid === gid ? null : primaryGid,
    combined: boolean(entry['combined_vue']) === true || primaryGid !== null,
    isAppliance: isApplianceModel(model, serial) || isApplianceModel(null, serial),
    solar: boolean(entry['solar']) === true,
    connected: boolean(entry['connected']),
    offlineSince: instantOrNull(entry['offline_since']),
    channels: Array.isArray(entry['channels']) ? entry['channels'].flatMap(readChannel) : [],
  };
}

function readChannel(entry: unknown): EmporiaChannel[] {
  if (!isJsonObject(entry)) return [];
  const vendorName = text(entry['channel_id']) ?? text(entry['channel_num']);
  if (vendorName === null) return [];
  const parent = text(entry['parent_channel_id']);
  return [
    {
      key: channelKey(vendorName),
      name: text(entry['display_name']) ?? text(entry['name']),
      typeGid: numberOrNull(entry['channel_type_gid']),
      kind: KINDS[text(entry['channel_classification']) ?? ''] ?? 'other',
      parentKey: parent === null ? null : channelKey(parent),
    },
  ];
}
