import { EmporiaMeter } from '@smart-meter/adapter-emporia';
import { BenchRow } from '../bench-row';
import { startCannedCloud } from '../cloud/canned-cloud';
import { ForgetfulStore } from '../cloud/forgetful-store';
import { SteppingClock } from '../cloud/stepping-clock';

const PANELS = 3;
const CIRCUITS_PER_PANEL = 16;
const MINUTE_MS = 60_000;
const WARM_UP_CYCLES = 200;

/**
 * CPU of one cycle of an account with 3 panels and 48 circuits, as a running service has it: request, body, JSON,
 * reading, the day's energy each quarter of an hour. The server is another process.
 */
export async function benchEmporiaCycle(cycles = 500): Promise<BenchRow[]> {
  const cloud = await startCannedCloud({
    '/': JSON.stringify({
      AuthenticationResult: { IdToken: 'id', RefreshToken: 'refresh', ExpiresIn: 10_000_000 },
    }),
    '/customers/devices': JSON.stringify({ devices: gids().map(describePanel) }),
    '/AppAPI': JSON.stringify({
      deviceListUsages: { instant: '@INSTANT@', devices: gids().map(panelUsage) },
    }),
  });
  try {
    const clock = new SteppingClock();
    const { url } = cloud;
    const meter = new EmporiaMeter({
      meterId: 'bench',
      credentials: { username: 'bench@example.net', password: 'bench' },
      tokenStore: new ForgetfulStore(),
      endpoints: { legacyUrl: url, modernUrl: url, cognitoUrl: url, maintenanceUrl: url },
      clock,
    });
    await runCycles(meter, clock, WARM_UP_CYCLES);
    const before = process.cpuUsage();
    const circuits = await runCycles(meter, clock, cycles);
    const { user, system } = process.cpuUsage(before);
    // Every panel lists its mains, its circuits and the balance.
    if (circuits !== PANELS * (CIRCUITS_PER_PANEL + 2)) throw new Error(`${circuits} circuits were read`);
    const name = `Emporia cycle, ${PANELS} panels with ${PANELS * CIRCUITS_PER_PANEL} circuits`;
    return [{ name, value: (user + system) / 1000 / cycles, unit: 'ms CPU' }];
  } finally {
    await cloud.stop();
  }
}

/** @returns the circuits of the last reading */
async function runCycles(meter: EmporiaMeter, clock: SteppingClock, cycles: number): Promise<number> {
  const { signal } = new AbortController();
  let circuits = 0;
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    clock.step(MINUTE_MS);
    const { reading } = await meter.fetchConsumption(signal);
    circuits = reading.circuits.filter(({ powerW }) => powerW !== null).length;
  }
  return circuits;
}

const gids = () => Array.from({ length: PANELS }, (_, index) => 120_001 + index);
const numbers = () => Array.from({ length: CIRCUITS_PER_PANEL }, (_, index) => String(index + 1));

function describePanel(gid: number): object {
  const channel = (channelNum: string, name: string | null, type: string) => ({
    deviceGid: gid,
    name,
    channelNum,
    channelMultiplier: 1,
    channelTypeGid: 18,
    parentChannelNum: null,
    type,
    mergedChannelId: null,
  });
  return {
    deviceGid: gid,
    model: 'VUE003',
    locationProperties: { deviceName: `Panel ${gid}`, timeZone: 'America/Los_Angeles' },
    channels: [channel('1,2,3', null, 'Main')],
    devices: [
      {
        deviceGid: gid,
        channels: numbers().map((number) => channel(number, `Circuit ${number}`, 'FiftyAmp')),
      },
    ],
  };
}

function panelUsage(gid: number): object {
  const usage = (channelNum: string, name: string, kwh: number) => ({
    name,
    usage: kwh,
    deviceGid: gid,
    channelNum,
    percentage: 5.123456789,
    nestedDevices: [],
  });
  return {
    deviceGid: gid,
    channelUsages: [
      usage('1,2,3', 'Main', 0.03127891234),
      ...numbers().map((number) => usage(number, `Circuit ${number}`, 0.0017823456)),
      usage('Balance', 'Balance', 0.0027613827),
    ],
  };
}
