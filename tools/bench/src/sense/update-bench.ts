import { createSenseAdapter, SenseAccount, SenseAdapter } from '@smart-meter/adapter-sense';
import { BenchRow } from '../bench-row';
import { startCannedCloud } from '../cloud/canned-cloud';
import { ForgetfulStore } from '../cloud/forgetful-store';
import { SteppingClock } from '../cloud/stepping-clock';

const DEVICES = 60;
const MONITOR_ID = 70_004;
const API_PATH = '/apiservice/api/v1/';
const MINUTE_MS = 60_000;
const WARM_UP_UPDATES = 150;

/**
 * CPU of one update of a monitor with 60 devices, all of them on, as a running service has it: request, body, JSON,
 * reading, the day's energy every five minutes. The server is another process.
 * @param updates at most 500: by then the session would be renewed
 */
export async function benchSenseUpdate(updates = 500): Promise<BenchRow[]> {
  const monitor = {
    id: MONITOR_ID,
    time_zone: 'America/Denver',
    solar_configured: true,
    attributes: { name: 'Home' },
  };
  const paths = {
    authenticate: { user_id: 1, access_token: 'access', refresh_token: 'refresh', monitors: [monitor] },
    [`app/monitors/${MONITOR_ID}/overview`]: { monitor_overview: { monitor } },
    [`app/monitors/${MONITOR_ID}/status`]: { monitor_info: { version: '1.64.3131-ab12cd3-release' } },
    [`app/monitors/${MONITOR_ID}/devices/overview`]: { devices: deviceIds().map(describeDevice) },
    [`app/monitors/${MONITOR_ID}/history/usage`]: dayUsage(),
    [`app/${MONITOR_ID}/realtime_update`]: realtimeUpdate(),
  };
  const cloud = await startCannedCloud(
    Object.fromEntries(
      Object.entries(paths).map(([path, answer]) => [`${API_PATH}${path}`, JSON.stringify(answer)]),
    ),
  );
  try {
    const clock = new SteppingClock();
    const account = new SenseAccount({
      tokenStore: new ForgetfulStore(),
      credentials: { email: 'bench@example.net', password: 'bench' },
      apiUrl: `${cloud.url}${API_PATH}`,
      clock,
    });
    const meter = createSenseAdapter({ meterId: 'bench', account });
    await runUpdates(meter, clock, WARM_UP_UPDATES);
    const before = process.cpuUsage();
    const circuits = await runUpdates(meter, clock, updates);
    const { user, system } = process.cpuUsage(before);
    if (circuits !== DEVICES) throw new Error(`${circuits} devices were read`);
    return [
      { name: `Sense update, ${DEVICES} devices`, value: (user + system) / 1000 / updates, unit: 'ms CPU' },
    ];
  } finally {
    await cloud.stop();
  }
}

/** @returns the circuits of the last reading that draw something */
async function runUpdates(meter: SenseAdapter, clock: SteppingClock, updates: number): Promise<number> {
  const { signal } = new AbortController();
  let circuits = 0;
  for (let update = 0; update < updates; update += 1) {
    clock.step(MINUTE_MS);
    const { reading } = await meter.fetchConsumption(signal);
    circuits = reading.circuits.filter(({ powerW }) => powerW !== null && powerW > 0).length;
  }
  return circuits;
}

const deviceIds = () => Array.from({ length: DEVICES }, (_, index) => (0xa1b2_0000 + index).toString(16));

function describeDevice(id: string): object {
  return {
    id,
    name: `Device ${id}`,
    icon: 'socket',
    tags: {
      DateCreated: '2023-02-11T08:00:00.000Z',
      DeviceListAllowed: 'true',
      ModelCreatedVersion: '14',
      UserDeviceType: 'Unknown',
      UserDeleted: 'false',
    },
  };
}

function realtimeUpdate(): object {
  return {
    w: 7230.123456,
    solar_w: 2611.7,
    grid_w: 4618.4,
    channels: [3615.1, 3615.0],
    voltage: [121.2, 120.8],
    hz: 59.98,
    deltas: [],
    devices: deviceIds().map((id) => ({ ...describeDevice(id), attrs: [], w: 120.5020576 })),
  };
}

function dayUsage(): object {
  const usage_breakdown_kwh = Array.from({ length: 24 }, () => 0.3012345678);
  const consumption = { usage_total_kwh: 7.2, usage_breakdown_kwh };
  return {
    consumption,
    device_breakdown: deviceIds().map((id) => ({ id, name: `Device ${id}`, icon: 'socket', consumption })),
  };
}
