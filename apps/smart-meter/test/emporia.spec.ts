import { createHousehold } from '@smart-meter/household';
import { EmporiaSimulator, panel, plug } from '@smart-meter/simulators';
import { check } from '../src/operations/check';
import { discover } from '../src/operations/discover';
import { CapturedTerminal } from './support/captured-terminal';
import { RunningService, temporaryFolder, waitFor } from './support/running-service';

const EMAIL = 'pat@example.net';
const PASSWORD = 'correct horse battery staple';
const MINUTE_MS = 60_000;

const household = createHousehold({ seed: 5, solar: true });
const house = panel({ household });
const fridge = plug(house, 'fridge');
let simulator: EmporiaSimulator;

function environment(): Record<string, string> {
  return {
    METER_TYPE: 'emporia',
    EMPORIA_URL: simulator.url,
    EMPORIA_USERNAME: EMAIL,
    EMPORIA_PASSWORD: PASSWORD,
    BACKFILL_DAYS: '0',
    DATA_DIR: temporaryFolder(),
  };
}

beforeEach(async () => {
  simulator = await EmporiaSimulator.start({
    accounts: [{ email: EMAIL, password: PASSWORD, customerGid: 81234, devices: [house, fridge] }],
  });
});

afterEach(() => simulator.close());

describe('METER_TYPE=emporia', () => {
  it('reads the account, tells its circuits apart and is healthy', async () => {
    const service = await RunningService.start(environment());
    try {
      await service.collect();
      const { body: consumption } = await service.get<{
        timestamp: string;
        total_power_w: number;
        averaged_over_s: number;
        provenance: string;
        solar_power_w: number;
        circuits: { id: string; name: string; power_w: number | null }[];
      }>('/consumption');
      expect(consumption).toMatchObject({ provenance: 'live', averaged_over_s: 60 });
      const to = new Date(consumption.timestamp);
      const truth = household.energyKwhBetween(new Date(to.getTime() - MINUTE_MS), to);
      const wattsOf = (kwh: number | null | undefined) => (kwh ?? NaN) * 60_000;
      expect(consumption.total_power_w).toBeCloseTo(wattsOf(truth.totalKwh), 3);
      expect(consumption.solar_power_w).toBeCloseTo(wattsOf(truth.solarKwh), 3);
      const kitchen = consumption.circuits.find(({ name }) => name === 'Kitchen');
      expect(kitchen?.power_w).toBeCloseTo(wattsOf(truth.circuits.get('kitchen')), 3);
      expect((await service.get('/health')).body).toMatchObject({ status: 'healthy', success_rate: 1 });
      const { body } = await service.get<{ meter_type: string; sources: { role: string; reason: string }[] }>(
        '/sources',
      );
      expect(body.meter_type).toBe('emporia');
      expect(body.sources.map(({ role }) => role)).toEqual(expect.arrayContaining(['grid', 'circuit']));
      expect(body.sources.every(({ reason }) => reason !== '')).toBe(true);
      const metrics = await (await fetch(`${service.url}/metrics`)).text();
      expect(metrics).toMatch(/^smart_meter_vendor_requests_total\{operation="\w+",.*\} [1-9]/m);
      expect(service.log.join('') + metrics).not.toContain(PASSWORD);
    } finally {
      await service.stop();
    }
  });

  it('asks the account’s history for the day before the first start', async () => {
    const service = await RunningService.start({ ...environment(), BACKFILL_DAYS: '1' });
    try {
      await waitFor('a request for a chart', async () =>
        /operation="chart"/.test(await (await fetch(`${service.url}/metrics`)).text()),
      );
      const { body } = await service.get<{ gaps: { state: string; reason: string }[] }>('/gaps');
      expect(body.gaps).toMatchObject([
        { state: 'open', reason: 'what the meter remembers from before the first start' },
      ]);
    } finally {
      await service.stop();
    }
  });

  it('says through its health that the password is not accepted, invents nothing and leaves the account alone', async () => {
    const service = await RunningService.start({ ...environment(), EMPORIA_PASSWORD: 'not this one' });
    try {
      await service.collect();
      const requests = simulator.counters.requestTotal;
      await service.collect();
      expect(simulator.counters.requestTotal).toBe(requests);
      const { body } = await service.get<{ details: { adapter: { last_error: { code: string } } } }>(
        '/health',
      );
      expect(body.details.adapter.last_error.code).toBe('authentication');
      expect((await service.get('/consumption')).body).toMatchObject({ provenance: 'mock' });
      expect((await service.get('/readings')).body).toMatchObject({ readings: [] });
    } finally {
      await service.stop();
    }
  });
});

describe('smart-meter check and discover with Emporia', () => {
  const cases: [string, () => void, Record<string, string>, RegExp][] = [
    ['a wrong password', () => undefined, { EMPORIA_PASSWORD: 'wrong' }, /password/i],
    ['no password at all', () => undefined, { EMPORIA_PASSWORD: '' }, /set EMPORIA_PASSWORD/],
    ['a panel that is not there', () => undefined, { EMPORIA_DEVICE_IDS: '99' }, /99/],
    [
      'maintenance',
      () => {
        simulator.maintenance = true;
        simulator.faults.always({ kind: 'status', status: 503 }, { path: /customers|AppAPI/ });
      },
      {},
      /maintenance/i,
    ],
  ];

  it.each(cases)('%s: a sentence that says what to do', async (_name, arrange, change, expected) => {
    arrange();
    const terminal = new CapturedTerminal();
    expect(await check({ ...environment(), ...change }, terminal)).toBe(false);
    expect(terminal.text).toMatch(expected);
    expect(terminal.printed.filter((line) => line.includes('→'))).toHaveLength(1);
    expect(terminal.text).not.toContain(PASSWORD);
  });

  it('finds nothing wrong with good settings, and lists every channel', async () => {
    const terminal = new CapturedTerminal();
    expect(await check(environment(), terminal)).toBe(true);
    expect(terminal.text).toContain('House');
    const listing = new CapturedTerminal();
    await discover(environment(), listing);
    expect(listing.text).toContain('Kitchen');
    expect(listing.text).toMatch(/nothing was stored/);
  });
});
