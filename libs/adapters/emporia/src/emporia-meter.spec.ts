import { describesSources, isHistoricalMeter, isStreamingMeter } from '@smart-meter/meter-adapter';
import { createHousehold } from '@smart-meter/household';
import { EmporiaSimulator, panel, plug } from '@smart-meter/simulators';
import { EmporiaMeterOptions } from './options';
import { MemoryTokenStore } from './testing/memory-token-store';
import { EMAIL, PASSWORD, SimulatedCloud, startCloud } from './testing/simulated-cloud';

// A machine that is busy with other things is no fault.
jest.setTimeout(60_000);

const signal = new AbortController().signal;

describe('EmporiaMeter', () => {
  let cloud: SimulatedCloud;
  beforeEach(async () => {
    cloud = await startCloud();
  });
  afterEach(() => cloud.simulator.close());

  it('asks nothing before it is asked', () => {
    const meter = cloud.meter();
    expect(cloud.simulator.counters.requestTotal).toBe(0);
    expect([isHistoricalMeter(meter), describesSources(meter), isStreamingMeter(meter)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('tells what it found', async () => {
    expect(await cloud.meter().testConnection(signal)).toEqual({
      ok: true,
      detail: expect.stringMatching(/^The Emporia account has House, .* plug; 9 circuits; \d+ W now\.$/),
      warnings: [],
    });
  });

  it.each([
    [
      'a wrong password',
      { credentials: { username: EMAIL, password: 'wrong' } },
      /the password of the Emporia app|password/,
    ],
    [
      'an unknown address',
      { credentials: { username: 'x@example.net', password: PASSWORD } },
      /Google or Apple/,
    ],
    ['a void refresh token', { credentials: { refreshToken: 'void' } }, /sign in again and give a new one/],
    ['a device that is not there', { deviceGids: [7] }, /no device 7; it has 120001 \(House\), 120045/],
  ] as [string, Partial<EmporiaMeterOptions>, RegExp][])(
    'says what to do about %s',
    async (_name, options, words) => {
      expect(await cloud.meter(options).testConnection(signal)).toMatchObject({
        ok: false,
        detail: expect.stringMatching(words),
        error: { retryable: false },
      });
    },
  );

  it('says what to do about a cloud that cannot be reached, fails, or is shut', async () => {
    await cloud.simulator.refuseConnections();
    expect(await cloud.meter().testConnection(signal)).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/cannot be reached at 127\.0\.0\.1/),
    });
    await cloud.simulator.acceptConnections();
    cloud.simulator.faults.always({ kind: 'status', status: 502 }, { path: /customers/ });
    expect(await cloud.meter().testConnection(signal)).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/fails \(HTTP 502\): it is asked again later/),
    });
    cloud.simulator.maintenance = true;
    expect(await cloud.meter().testConnection(signal)).toMatchObject({
      ok: false,
      detail: expect.stringContaining('maintenance'),
    });
  });

  it("rethrows the caller's own abort from the connection test", async () => {
    const stop = new AbortController();
    stop.abort(new Error('told to stop'));
    await expect(cloud.meter().testConnection(stop.signal)).rejects.toThrow('told to stop');
  });

  it('gives a reason for every channel, also for those it passes over', async () => {
    const sources = await cloud.meter({ invertedCircuits: ['120001/7'] }).describeSources(signal);
    const roles = Object.fromEntries(sources.map(({ sourceId, role }) => [sourceId, role]));
    expect(roles).toMatchObject({
      '120001/mains': 'home',
      '120001/1': 'circuit',
      '120001/7': 'solar',
      '120001/Balance': 'circuit',
      '120001/MainsFromGrid': 'grid',
      '120045/mains': 'circuit',
    });
    expect(sources.find(({ sourceId }) => sourceId === '120001/7')?.reason).toContain('sign is turned');
  });

  it('shows the same home through both hosts', async () => {
    const { reading: legacy } = await cloud.meter().fetchConsumption(signal);
    const { reading: modern } = await cloud.meter({ host: 'modern' }).fetchConsumption(signal);
    expect(modern).toEqual(legacy);
  });

  it('reads several accounts side by side, each by itself', async () => {
    const cabin = panel({ household: createHousehold({ seed: 99 }), gid: 500, name: 'Cabin' });
    const simulator = await EmporiaSimulator.start({
      accounts: [
        { email: EMAIL, password: PASSWORD, customerGid: 1, devices: cloud.devices },
        { email: 'kim@example.net', password: 'other', customerGid: 2, devices: [cabin] },
      ],
      clock: cloud.clock,
    });
    const { url, maintenanceUrl } = simulator;
    const endpoints = { legacyUrl: url, modernUrl: url, cognitoUrl: url, maintenanceUrl };
    const first = cloud.meter({ endpoints });
    const second = cloud.meter({
      endpoints,
      meterId: 'cabin',
      credentials: { username: 'kim@example.net', password: 'other' },
      tokenStore: new MemoryTokenStore(),
    });
    const [one, two] = await Promise.all([first.fetchConsumption(signal), second.fetchConsumption(signal)]);
    expect(one.reading.meterId).toBe('emporia');
    expect(two.reading.meterId).toBe('cabin');
    expect(two.reading.circuits.every(({ id }) => id.startsWith('500/'))).toBe(true);
    expect(second.requestCounts().usage.total).toBe(1);
    await simulator.close();
  });

  it('keeps to the chosen device and what is behind it', async () => {
    const household = createHousehold({ seed: 3 });
    const house = panel({ household, gid: 1 });
    const cabin = panel({ household, gid: 2, name: 'Cabin' });
    const own = await startCloud({ devices: [house, plug(house, 'fridge', { gid: 3 }), cabin] });
    const { reading } = await own.meter({ deviceGids: [1] }).fetchConsumption(signal);
    const gids = new Set(reading.circuits.map(({ id }) => id.split('/')[0]));
    expect(gids).toEqual(new Set(['1', '3']));
    const truth = household.energyKwhBetween(
      new Date(reading.observedAt.getTime() - 60_000),
      reading.observedAt,
    );
    expect(reading.totalPowerW).toBeCloseTo(truth.totalKwh * 60_000, 6);
    await own.simulator.close();
  });

  it('tells a branch as the app does: without the plug behind it', async () => {
    const household = createHousehold({ seed: 3 });
    const house = panel({ household, gid: 1 });
    const own = await startCloud({ devices: [house, plug(house, 'fridge', { gid: 3, channelNum: '2' })] });
    const { reading } = await own.meter().fetchConsumption(signal);
    const from = new Date(reading.observedAt.getTime() - 60_000);
    const { circuits } = household.energyKwhBetween(from, reading.observedAt);
    const power = (id: string) => (circuits.get(id) ?? NaN) * 60_000;
    const circuit = (id: string) => reading.circuits.find((one) => one.id === id);
    expect(circuit('1/2')?.powerW).toBeCloseTo(power('kitchen') - power('fridge'), 6);
    expect(circuit('3/mains')).toMatchObject({ parentId: '1/2', powerW: expect.closeTo(power('fridge'), 6) });
    await own.simulator.close();
  });
});
