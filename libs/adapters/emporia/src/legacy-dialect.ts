import {
  expectArray,
  expectObject,
  instantOrNull,
  isJsonObject,
  JsonObject,
  numberOrNull,
} from '@smart-meter/meter-adapter';
import { channelKey, MAINS } from './channel-key';
import { chartParameters, Dialect, formatInstant } from './dialect';
import { ChannelKind, EmporiaChannel, EmporiaDevice, mergeDevice } from './inventory';
import { boolean, isApplianceModel, text } from './payload-fields';
import { NO_USAGE, UsageFields, walkUsages } from './usage';

const KINDS: Readonly<Record<string, ChannelKind>> = {
  Main: 'main',
  FiftyAmp: 'branch',
  FiftyAmpBidirectional: 'bidirectional',
  Merged: 'merged',
};

const USAGE_FIELDS: UsageFields = {
  deviceGid: 'deviceGid',
  channelUsages: 'channelUsages',
  channel: ['channelNum', 'channelId'],
  nestedDevices: 'nestedDevices',
};

/** The interface of `api.emporiaenergy.com`. */
export function legacyDialect(baseUrl: string): Dialect {
  return {
    tokenHeader: 'authtoken',
    inventoryUrl: () => `${baseUrl}/customers/devices`,
    readInventory: (body) => {
      const account = expectObject(body, 'the device list');
      const devices = new Map<number, EmporiaDevice>();
      addDevices(expectArray(account['devices'], 'devices'), devices);
      return { devices: [...devices.values()] };
    },
    // A literal plus, which Emporia reads as the space between two ids.
    usageUrl: (gids, instant, scale) =>
      `${baseUrl}/AppAPI?apiMethod=getDeviceListUsages&deviceGids=${gids.join('+')}` +
      `&instant=${formatInstant(instant)}&scale=${scale}&energyUnit=KilowattHours`,
    readUsage: (body) => {
      if (body === null) return NO_USAGE;
      const answer = expectObject(body, 'the usage answer')['deviceListUsages'];
      if (answer === undefined || answer === null) return NO_USAGE;
      const usages = expectObject(answer, 'deviceListUsages');
      return {
        instant: instantOrNull(usages['instant']),
        channels: walkUsages(expectArray(usages['devices'] ?? [], 'deviceListUsages.devices'), USAGE_FIELDS),
      };
    },
    chartUrl: (query) => `${baseUrl}/AppAPI?apiMethod=getChartUsage&${chartParameters(query)}`,
  };
}

/** The circuits of a panel come as a device in the device, with the same id. */
function addDevices(
  entries: readonly unknown[],
  devices: Map<number, EmporiaDevice>,
  inheritedGid?: number,
): void {
  for (const entry of entries) {
    if (!isJsonObject(entry)) continue;
    const gid = numberOrNull(entry['deviceGid']) ?? inheritedGid;
    if (gid === undefined) continue;
    mergeDevice(devices, readDevice(entry, gid));
    const nested = entry['devices'];
    // One level is all there is; a deeper one would be a lie.
    if (Array.isArray(nested) && inheritedGid === undefined) addDevices(nested, devices, gid);
  }
}

function readDevice(entry: JsonObject, gid: number): EmporiaDevice {
  const part = (field: string): JsonObject => (isJsonObject(entry[field]) ? entry[field] : {});
  const location = part('locationProperties');
  const connection = part('deviceConnected');
  const model = text(entry['model']);
  const serial = text(entry['manufacturerDeviceId']);
  const primaryGid = numberOrNull(entry['primaryVueGid']);
  const secondOf = primaryGid === gid ? null : primaryGid;
  return {
    gid,
    serial,
    model,
    name: text(location['deviceName']) ?? text(location['displayName']),
    timeZone: text(location['timeZone']),
    parent: readParent(entry) ?? readParent(part('outlet')),
    secondOf,
    combined: boolean(entry['combinedVue']) === true || primaryGid !== null,
    isAppliance:
      isApplianceModel(model, serial) ||
      ['outlet', 'evCharger', 'battery'].some((field) => isJsonObject(entry[field])),
    solar: boolean(location['solar']) === true,
    connected: boolean(connection['connected']),
    offlineSince: instantOrNull(connection['offlineSince']),
    channels: Array.isArray(entry['channels']) ? entry['channels'].flatMap(readChannel) : [],
  };
}

function readParent(entry: JsonObject): EmporiaDevice['parent'] {
  const gid = numberOrNull(entry['parentDeviceGid']);
  if (gid === null) return null;
  const channel = text(entry['parentChannelNum']);
  return { gid, key: channel === null ? MAINS : channelKey(channel) };
}

function readChannel(entry: unknown): EmporiaChannel[] {
  if (!isJsonObject(entry)) return [];
  const vendorName = text(entry['channelNum']) ?? text(entry['channelId']);
  if (vendorName === null) return [];
  const parent = text(entry['mergedChannelId']) ?? text(entry['parentChannelNum']);
  return [
    {
      key: channelKey(vendorName),
      name: text(entry['name']),
      typeGid: numberOrNull(entry['channelTypeGid']),
      kind: KINDS[text(entry['type']) ?? ''] ?? 'other',
      parentKey: parent === null ? null : channelKey(parent),
    },
  ];
}
