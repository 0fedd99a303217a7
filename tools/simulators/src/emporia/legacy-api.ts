import { jsonResponse, SimulatedRequest, SimulatedResponse } from '../shared';
import { SCALES } from './buckets';
import { SimulatedAccount } from './account';
import { SimulatedDevice } from './devices';
import { DeviceNode, EnergyStore, isScale, parseInstant } from './store';

/** `api.emporiaenergy.com`, for a request whose token was accepted. */
export function answerLegacy(
  request: SimulatedRequest,
  account: SimulatedAccount,
  store: EnergyStore,
): SimulatedResponse {
  const { path, query } = request;
  switch (path) {
    case '/customers':
      return jsonResponse(customer(account));
    case '/customers/devices':
      return jsonResponse({
        ...customer(account),
        devices: store.devices.map((device) => describe(device, store)),
      });
    case '/customers/devices/status':
      return jsonResponse(status(store));
    case '/devices/channels/channeltypes':
      return jsonResponse(CHANNEL_TYPES);
    case '/customers/vehicles':
      return jsonResponse([]);
    case '/AppAPI':
      return appApi(query, account, store);
    default:
      // The location properties of a single device broke in December 2025.
      return /^\/devices\/\d+\/locationProperties$/.test(path)
        ? message(400, 'Bad Request')
        : message(403, 'Missing Authentication Token');
  }
}

export function message(status: number, text: string): SimulatedResponse {
  return jsonResponse({ message: text }, status);
}

function appApi(query: URLSearchParams, account: SimulatedAccount, store: EnergyStore): SimulatedResponse {
  switch (query.get('apiMethod')) {
    case 'getDeviceListUsages':
      return deviceListUsages(query, account, store);
    case 'getChartUsage':
      return chartUsage(query, account, store);
    default:
      return message(400, 'Unknown apiMethod');
  }
}

function deviceListUsages(
  query: URLSearchParams,
  account: SimulatedAccount,
  store: EnergyStore,
): SimulatedResponse {
  const instant = parseInstant(query.get('instant'));
  const scale = query.get('scale');
  if (!instant) return message(400, `Text '${query.get('instant')}' could not be parsed at index 19`);
  if (!isScale(scale)) return message(400, `No enum constant Scale.${scale}`);
  const gids = (query.get('deviceGids') ?? '').split(/[ +]/).map(Number);
  if (gids.some((gid) => !store.find(gid))) return refusedDevice(account);
  return jsonResponse({
    deviceListUsages: {
      instant: query.get('instant'),
      scale,
      energyUnit: query.get('energyUnit'),
      devices: store.usages(gids, instant, scale).map(usageOf),
    },
  });
}

/** Says whose token it was: what a log must not repeat. */
export function refusedDevice({ email }: SimulatedAccount): SimulatedResponse {
  return message(401, `${email} is not authorized on the requested deviceGid`);
}

function usageOf({ device, channels }: DeviceNode): object {
  return {
    deviceGid: device.gid,
    channelUsages: channels.map(({ channel, usage, percentage, nested }) => ({
      name: channel.name ?? 'Main',
      usage,
      deviceGid: device.gid,
      channelNum: channel.num,
      percentage,
      nestedDevices: nested.map(usageOf),
    })),
  };
}

/** Shared with the modern host, which offers a clone of it. */
export function chartUsage(
  query: URLSearchParams,
  account: SimulatedAccount,
  store: EnergyStore,
): SimulatedResponse {
  const [from, to, scale] = [
    parseInstant(query.get('start')),
    parseInstant(query.get('end')),
    query.get('scale'),
  ];
  if (!from || !to) return message(400, "Text 'start' or 'end' could not be parsed at index 19");
  if (!isScale(scale)) return message(400, `No enum constant Scale.${scale}`);
  const device = store.find(Number(query.get('deviceGid')));
  if (!device) return refusedDevice(account);
  const asked = query.get('channel');
  const channel = device.channels.find(({ num }) => num === asked || (asked === 'Mains' && num === '1,2,3'));
  if (!channel) return message(400, 'Unknown channel');
  if (to.getTime() - from.getTime() > SCALES[scale].windowMs)
    return message(400, 'The time range is too long');
  const { firstUsageInstant, usageList } = store.chart(device, channel, from, to, scale);
  const first = firstUsageInstant?.toISOString().replace('.000Z', 'Z') ?? null;
  return jsonResponse({ firstUsageInstant: first, usageList });
}

function customer({ customerGid, email }: SimulatedAccount): object {
  return { customerGid, email, firstName: 'Pat', lastName: 'Doe', createdAt: '2023-03-04T18:22:10.551Z' };
}

function describe(device: SimulatedDevice, store: EnergyStore): object {
  const [mains, ...branches] = device.channels.map((channel) => ({
    deviceGid: device.gid,
    name: channel.name,
    channelNum: channel.num,
    channelMultiplier: channel.multiplier ?? 1,
    channelTypeGid: channel.typeGid,
    parentChannelNum: null,
    type: channel.type,
    channelId: channel.num === '1,2,3' ? 'Mains' : `Branch_${channel.num}`,
    mergedChannelId: null,
  }));
  const offlineSince = store.isOffline(device);
  const expansion = {
    deviceGid: device.gid,
    manufacturerDeviceId: device.serial,
    model: 'WAT001',
    firmware: null,
    devices: [],
    channels: branches,
  };
  return {
    deviceGid: device.gid,
    manufacturerDeviceId: device.serial,
    model: device.model,
    firmware: device.firmware,
    parentDeviceGid: device.parent?.gid ?? null,
    parentChannelNum: device.parent?.channelNum ?? null,
    locationProperties: {
      deviceGid: device.gid,
      deviceName: device.name,
      displayName: device.name,
      zipCode: '97201',
      timeZone: device.timeZone,
      billingCycleStartDay: 1,
      usageCentPerKwHour: 14.2,
      peakDemandDollarPerKw: 0,
      utilityRateGid: null,
      solar: device.solar,
      locationInformation: null,
      latitudeLongitude: null,
    },
    outlet: device.model.startsWith('SSO')
      ? { deviceGid: device.gid, outletOn: true, loadGid: device.gid + 500_000 }
      : null,
    evCharger: null,
    battery: null,
    deviceConnected: {
      deviceGid: device.gid,
      connected: offlineSince === null,
      offlineSince: offlineSince?.toISOString() ?? null,
    },
    combinedVue: false,
    primaryVueGid: null,
    channels: [mains],
    devices: branches.length > 0 ? [expansion] : [],
  };
}

function status(store: EnergyStore): object {
  return {
    devicesConnected: store.devices.map((device) => {
      const offlineSince = store.isOffline(device);
      return {
        deviceGid: device.gid,
        connected: offlineSince === null,
        offlineSince: offlineSince?.toISOString() ?? null,
      };
    }),
    outlets: store.devices
      .filter(({ model }) => model.startsWith('SSO'))
      .map(({ gid }) => ({ deviceGid: gid, outletOn: true, loadGid: gid + 500_000 })),
    evChargers: [],
    loads: [],
    batteries: [],
  };
}

const CHANNEL_TYPES = [
  { channelTypeGid: 2, description: 'Battery', selectable: true, directionality: 'BIDIRECTIONAL' },
  {
    channelTypeGid: 13,
    description: 'Solar/Generation',
    selectable: true,
    directionality: 'GENERATION_ONLY',
  },
  { channelTypeGid: 18, description: 'Other', selectable: true, directionality: 'CONSUMPTION_ONLY' },
  { channelTypeGid: 23, description: 'Smart Outlet', selectable: false, directionality: 'CONSUMPTION_ONLY' },
];
