import { jsonResponse, SimulatedRequest, SimulatedResponse } from '../shared';
import { Scale } from './buckets';
import { SimulatedDevice } from './devices';
import { SimulatedAccount } from './account';
import { chartUsage } from './legacy-api';
import { DeviceNode, EnergyStore, parseInstant } from './store';

const SCALES: Readonly<Record<string, Scale>> = {
  SECOND: '1S',
  MINUTE: '1MIN',
  MINUTES_15: '15MIN',
  HOUR: '1H',
  DAY: '1D',
  WEEK: '1W',
  MONTH: '1MON',
  YEAR: '1Y',
};

const CLASSIFICATIONS = {
  Main: 'MAIN',
  FiftyAmp: 'FIFTY_AMP',
  FiftyAmpBidirectional: 'FIFTY_AMP_BIDIRECTIONAL',
  Merged: 'MERGED',
} as const;

/** `c-api.emporiaenergy.com`, for a request whose token was accepted. */
export function answerModern(
  { path, query }: SimulatedRequest,
  account: SimulatedAccount,
  store: EnergyStore,
): SimulatedResponse {
  switch (path) {
    case '/v1/customers':
      return jsonResponse({ customer_gid: account.customerGid, email: account.email });
    case '/v1/customers/devices':
      return jsonResponse({ devices: store.devices.map((device) => describe(device, store)) });
    case '/v1/customers/devices/status':
      return jsonResponse({ devices_connected: store.devices.map((device) => connection(device, store)) });
    case '/v1/customers/sites':
      return jsonResponse({ sites: [] });
    case '/v1/customers/devices/usages':
      return usages(query, account, store);
    case '/v1/migrated/app-api/chart-usage':
      return chartUsage(query, account, store);
    default:
      return jsonResponse({ message: 'Missing Authentication Token' }, 403);
  }
}

function usages(query: URLSearchParams, account: SimulatedAccount, store: EnergyStore): SimulatedResponse {
  const instant = parseInstant(query.get('instant'));
  const scale = SCALES[query.get('scale') ?? ''];
  if (!instant || !scale) return failure(400, 'INVALID_PARAMETER', 'instant or scale cannot be read');
  const gids = (query.get('device_gids') ?? '').split(',').map(Number);
  if (gids.some((gid) => !store.find(gid))) {
    return failure(401, 'UNAUTHORIZED', `${account.email} is not authorized on the requested deviceGid`);
  }
  return jsonResponse({
    instant: query.get('instant'),
    device_usages: store.usages(gids, instant, scale).map(usageOf),
  });
}

function failure(status: number, code: string, text: string): SimulatedResponse {
  return jsonResponse(
    { error_code: code, error_message: text, user_message: 'Something went wrong.' },
    status,
  );
}

function channelId(num: string): string {
  if (num === '1,2,3') return 'Mains';
  return /^\d+$/.test(num) ? `${Number(num) > 90 ? 'Merged' : 'Branch'}_${num}` : num;
}

function usageOf({ device, channels }: DeviceNode): object {
  return {
    device_gid: device.gid,
    channel_usages: channels.map(({ channel, usage, percentage, nested }) => ({
      device_gid: device.gid,
      channel_id: channelId(channel.num),
      channel_classification: channel.type === null ? null : CLASSIFICATIONS[channel.type],
      name: channel.name ?? 'Main',
      usage,
      percentage,
      nested_devices: nested.map(usageOf),
    })),
  };
}

function describe(device: SimulatedDevice, store: EnergyStore): object {
  return {
    device_gid: device.gid,
    device_id: device.serial,
    device_type: device.model,
    display_name: device.name,
    time_zone: device.timeZone,
    ...connection(device, store),
    parent_device_gid: device.parent?.gid ?? null,
    parent_channel_id: device.parent ? channelId(device.parent.channelNum) : null,
    channels: device.channels.map((channel) => ({
      channel_id: channelId(channel.num),
      parent_channel_id: channel.type === 'Main' ? null : 'Mains',
      multiplier: channel.multiplier ?? 1,
      channel_type_gid: channel.typeGid,
      channel_classification: CLASSIFICATIONS[channel.type],
      has_data: true,
    })),
  };
}

function connection(device: SimulatedDevice, store: EnergyStore): object {
  const offlineSince = store.isOffline(device);
  return {
    device_gid: device.gid,
    connected: offlineSince === null,
    offline_since: offlineSince?.toISOString() ?? null,
  };
}
