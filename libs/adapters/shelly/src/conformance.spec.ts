import { systemClock } from '@smart-meter/meter-adapter';
import {
  ConformanceFault,
  ConformanceSubject,
  describeMeterConformance,
} from '@smart-meter/meter-adapter-testkit';
import { phaseSources, ShellyChannel, ShellyGen1Simulator, ShellySimulator } from '@smart-meter/simulators';
import { household, SOLAR_CLAMP, THREE_CLAMPS, THREE_PHASES } from './testing/shelly-fixture';
import { ShellyMeter } from './shelly-meter';

const PASSWORD = 'correct horse';
const HOUR_MS = 3_600_000;
const FAULTS = [
  'wrong password',
  'too many log-ins',
  'restarting',
  'captive portal',
  'damaged answer',
  'wrong types',
  'cut connection',
  'device away',
];

function faultsOf(
  device: Pick<ShellySimulator, 'faults' | 'refuseConnections'>,
  challenge: string,
): ConformanceFault[] {
  const { faults } = device;
  const always = (
    name: string,
    fault: Parameters<typeof faults.always>[0],
    code: string,
  ): ConformanceFault => ({
    name,
    provoke: () => void faults.always(fault),
    expectedCodes: [code as ConformanceFault['expectedCodes'][number]],
  });
  return [
    always(
      'wrong password',
      { kind: 'status', status: 401, headers: { 'www-authenticate': challenge } },
      'authentication',
    ),
    always('too many log-ins', { kind: 'status', status: 429 }, 'rate_limited'),
    always('restarting', { kind: 'status', status: 503 }, 'unavailable'),
    always('captive portal', { kind: 'html' }, 'malformed_response'),
    always('damaged answer', { kind: 'body', body: '{"em:0":{"a_act' }, 'malformed_response'),
    always('wrong types', { kind: 'body', body: '[1,2,3]' }, 'malformed_response'),
    always('cut connection', { kind: 'drop' }, 'unavailable'),
    {
      name: 'device away',
      provoke: () => device.refuseConnections(),
      expectedCodes: ['unavailable'],
    },
  ];
}

function history() {
  const now = Date.now();
  return { from: new Date(now - 6 * HOUR_MS), to: new Date(now - 2 * HOUR_MS) };
}

async function rpcSubject(channels: readonly ShellyChannel[], mains?: string): Promise<ConformanceSubject> {
  const device = await ShellySimulator.start({ channels, password: PASSWORD, updateEveryMs: 20 });
  const adapter = new ShellyMeter({
    meterId: 'shelly-home',
    hosts: [device.host],
    password: PASSWORD,
    timeZone: 'Europe/Berlin',
    clock: systemClock,
    ...(mains === undefined ? {} : { mains: [`${device.host}${mains}`] }),
  });
  return {
    adapter,
    secrets: [PASSWORD],
    faults: faultsOf(device, 'Digest qop="auth", realm="r", nonce="bm9uY2U=", algorithm=SHA-256'),
    provokeChange: () => device.pushUpdate(),
    historyRange: history(),
    dispose: () => device.close(),
  };
}

async function gen1Subject(): Promise<ConformanceSubject> {
  const device = await ShellyGen1Simulator.start({ sources: phaseSources(household), password: PASSWORD });
  const hosts = [device.host];
  return {
    adapter: withoutHistory(
      new ShellyMeter({ meterId: 'old', hosts, password: PASSWORD, timeZone: 'UTC', clock: systemClock }),
    ),
    secrets: [PASSWORD],
    faults: faultsOf(device, 'Basic realm="shelly"'),
    provokeChange: () => undefined,
    dispose: () => device.close(),
  };
}

/** The first generation stores no records, which its own test shows. */
function withoutHistory(meter: ShellyMeter): ShellyMeter {
  return new Proxy(meter, {
    has: (target, key) => key !== 'fetchHistory' && Reflect.has(target, key),
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

describeMeterConformance('A Shelly with three phases', () => rpcSubject(THREE_PHASES), FAULTS);
describeMeterConformance('A Shelly with three clamps', () => rpcSubject(THREE_CLAMPS, ''), FAULTS);
describeMeterConformance('A Shelly with one clamp', () => rpcSubject(SOLAR_CLAMP), FAULTS);
describeMeterConformance('A Shelly of the first generation', gen1Subject, FAULTS);
