import { createHousehold } from '@smart-meter/household';
import { MeterError } from '@smart-meter/meter-adapter';
import { SenseAccount } from './sense-account';
import { createSenseAdapter } from './streaming-sense-adapter';
import {
  accountOptions,
  household,
  MONITOR_ID,
  never,
  SenseFixture,
  startFixture,
} from './testing/sense-fixture';
import { MemoryTokenStore } from './testing/memory-token-store';

const barn = createHousehold({ seed: 9, timeZone: 'America/New_York' });
const twoMonitors = [
  { id: 70004, household, solarConfigured: true },
  { id: 70005, name: 'Barn', household: barn },
];
const MINUTE_MS = 60_000;

describe('a Sense meter', () => {
  let fixture: SenseFixture;
  afterEach(() => fixture.close());
  const poll = () => fixture.adapter.fetchConsumption(never);
  const requestsTo = (pattern: RegExp) =>
    [...fixture.simulator.counters.requestsByName]
      .filter(([name]) => pattern.test(name))
      .reduce((sum, [, count]) => sum + count, 0);

  it('says which monitors there are where the choice is not clear', async () => {
    fixture = await startFixture({ monitors: twoMonitors });
    await expect(poll()).rejects.toMatchObject({
      code: 'configuration',
      message: 'this Sense account has several monitors, say which to read: 70004 (Home), 70005 (Barn)',
    });
  });

  it('reads several monitors of one account over one session', async () => {
    fixture = await startFixture({ monitors: twoMonitors, monitorId: '70004' });
    const second = createSenseAdapter({ meterId: 'barn', account: fixture.account, monitorId: '70005' });
    const [home, other] = await Promise.all([poll(), second.fetchConsumption(never)]);
    const now = fixture.clock.now();
    expect(home.reading.totalPowerW).toBe(household.powerAt(now).totalPowerW);
    expect(other.reading).toMatchObject({ meterId: 'barn', totalPowerW: barn.powerAt(now).totalPowerW });
    expect('solarPowerW' in other.reading).toBe(false);
    expect(fixture.simulator.accounts.loginTimes).toHaveLength(1);
  });

  it('says so where an account has no monitor', async () => {
    fixture = await startFixture({ monitors: [] });
    await expect(poll()).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringContaining('no monitor'),
    });
  });

  it('makes one request a minute, and few others', async () => {
    fixture = await startFixture();
    await poll();
    const before = fixture.simulator.counters.requestTotal;
    for (let minute = 0; minute < 24 * 60; minute += 10) {
      await fixture.clock.advance(10 * MINUTE_MS);
      await poll();
    }
    expect(requestsTo(/realtime_update/)).toBe(145);
    expect(requestsTo(/history\/usage$/)).toBe(145);
    expect(requestsTo(/status$/)).toBe(2);
    expect(requestsTo(/monitors\/70004\/overview/)).toBe(2);
    expect(requestsTo(/devices\/overview/)).toBe(5);
    expect(fixture.simulator.counters.requestTotal - before).toBeLessThan(2 * 144 + 12);
  });

  it('asks for the energy of the day every five minutes, and at once after midnight', async () => {
    fixture = await startFixture({ start: '2026-10-03T05:57:30Z' });
    const kwh: (number | null | undefined)[] = [];
    for (let minute = 0; minute < 5; minute += 1) {
      kwh.push((await poll()).reading.dailyKwh);
      await fixture.clock.advance(MINUTE_MS);
    }
    expect(kwh[0]).toBeGreaterThan(1);
    expect(kwh.slice(0, 3)).toEqual([kwh[0], kwh[0], kwh[0]]);
    expect(kwh[3]).toBeLessThan(0.1);
    expect(requestsTo(/history\/usage$/)).toBe(2);
  });

  it('keeps the energy of the day over a failure, for a quarter of an hour', async () => {
    fixture = await startFixture();
    const first = (await poll()).reading.dailyKwh;
    fixture.simulator.faults.always({ kind: 'html' }, { path: /history\/usage$/ });
    await fixture.clock.advance(6 * MINUTE_MS);
    expect((await poll()).reading.dailyKwh).toBe(first);
    await fixture.clock.advance(9 * MINUTE_MS);
    const late = await poll();
    expect(late.reading.dailyKwh).toBeNull();
    expect(late.warnings.join()).toContain('the energy of today could not be read');
  });

  it('gives every device its energy of the day', async () => {
    fixture = await startFixture();
    const { reading } = await poll();
    const fridge = reading.circuits.find(({ name }) => name === 'Fridge');
    const midnight = new Date('2026-10-02T06:00:00Z');
    const truth = household.energyKwhBetween(midnight, fixture.clock.now()).circuits.get('fridge') ?? NaN;
    expect(fridge?.dailyKwh).toBeGreaterThan(truth * 0.9);
    expect(fridge?.dailyKwh).toBeLessThanOrEqual(truth);
  });

  it('lists no merged, deleted or duplicate device, keeps Other and Always On, and adds up to the home', async () => {
    fixture = await startFixture();
    const { reading } = await poll();
    const ids = reading.circuits.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['unknown', 'always_on']));
    for (const leftover of ['merged01', 'deleted1', 'secret01', 'plug-old0', 'solar'])
      expect(ids).not.toContain(leftover);
    const sum = reading.circuits.reduce((watts, { powerW }) => watts + (powerW ?? NaN), 0);
    expect(sum).toBeCloseTo(reading.totalPowerW ?? NaN, 9);
    expect(reading.circuits.some(({ powerW }) => powerW === 0)).toBe(true);
  });

  it('keeps voltage and frequency where an update leaves them out, for those who ask', async () => {
    fixture = await startFixture();
    await poll();
    const leaveOut = (body: string) =>
      JSON.stringify({ ...(JSON.parse(body) as object), voltage: undefined, hz: undefined });
    fixture.simulator.faults.next({ kind: 'rewrite', rewrite: leaveOut }, { path: /realtime_update/ });
    await poll();
    expect(fixture.adapter.mains).toMatchObject({ legVoltageV: [121.2, 120.8], frequencyHz: 59.98 });
    const sources = await fixture.adapter.describeSources(never);
    expect(sources.find(({ role }) => role === 'home')?.metadata).toMatchObject({
      legVoltage: '121.2 V, 120.8 V',
      frequency: '59.98 Hz',
      firmware: '1.64.3131-ab12cd3-release',
    });
  });

  it('explains what it passes over', async () => {
    fixture = await startFixture();
    const sources = await fixture.adapter.describeSources(never);
    const reasons = Object.fromEntries(
      sources.map(({ sourceId, role, reason }) => [sourceId, `${role}: ${reason}`]),
    );
    expect(reasons['merged01']).toContain('none: passed over: merged into another device');
    expect(reasons['plug-old0']).toContain('paired again');
    expect(reasons['unknown']).toContain('circuit: what no recognised device explains');
    expect(JSON.stringify(sources)).not.toMatch(/192\.0\.2|ssid|simulated|serial/i);
  });

  it('knows what it reads and how when all is well', async () => {
    fixture = await startFixture();
    const test = await fixture.adapter.testConnection(never);
    expect(test).toMatchObject({ ok: true, warnings: [] });
    expect(test.detail).toMatch(
      /^Sense monitor Home \(70004; firmware 1\.64\.3131-ab12cd3-release, America\/Denver, with solar, read by REST\): the home draws \d+ W, \d+ devices known\.$/,
    );
  });

  it.each([
    [
      'a wrong password',
      { kind: 'body', status: 401, body: '{}' },
      /authenticate/,
      /try them in the Sense app/,
    ],
    [
      'a wanted code',
      { kind: 'body', status: 401, body: '{"mfa_token":"x"}' },
      /authenticate/,
      /smart-meter login sense/,
    ],
    [
      'no access',
      { kind: 'status', status: 403 },
      /overview/,
      /cannot read monitor 70004.*Correct the setting/,
    ],
    ['too many requests', { kind: 'status', status: 429 }, /realtime/, /fewer requests.*once a minute/],
    ['maintenance', { kind: 'status', status: 503 }, /realtime/, /status\.sense\.com/],
    ['a captive portal', { kind: 'html' }, /realtime/, /not JSON.*login page/],
    ['a cut connection', { kind: 'drop' }, /realtime/, /cut.*internet/],
  ] as const)('tells the user what to do about %s', async (_name, fault, path, sentence) => {
    fixture = await startFixture();
    fixture.simulator.faults.always(fault, { path });
    const test = await fixture.adapter.testConnection(never);
    expect(test.ok).toBe(false);
    expect(test.detail).toMatch(sentence);
    expect(test.detail).toMatch(/^[A-Z].*\.$/);
    expect(test.detail).not.toContain(fixture.simulator.password);
  });

  it('tells the user to log in where nothing is known of the account', async () => {
    fixture = await startFixture();
    const { clock, simulator } = fixture;
    const { apiUrl, realtimeUrl } = accountOptions(simulator, clock, fixture.store);
    const tokenStore = new MemoryTokenStore();
    const account = new SenseAccount({ tokenStore, clock, apiUrl, realtimeUrl });
    const adapter = createSenseAdapter({ meterId: 'home', account });
    const test = await adapter.testConnection(never);
    expect(test.detail).toContain('log in once with `smart-meter login sense`');
    expect(fixture.simulator.counters.requestTotal).toBe(0);
  });

  it.each([{ apiUrl: 'api.sense.com' }, { realtimeUrl: 'https://clientrt.sense.com' }])(
    'refuses a URL that cannot be one: %p',
    async (wrong) => {
      fixture = await startFixture();
      expect(() => new SenseAccount({ tokenStore: fixture.store, ...wrong })).toThrow(MeterError);
    },
  );

  it('can stream only where that was asked for', async () => {
    fixture = await startFixture();
    expect('stream' in fixture.adapter).toBe(false);
    const { account } = fixture;
    expect('stream' in createSenseAdapter({ meterId: MONITOR_ID, account, stream: true })).toBe(true);
  });
});
