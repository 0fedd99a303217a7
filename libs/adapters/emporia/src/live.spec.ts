import { PolledReading } from '@smart-meter/meter-adapter';
import { createHousehold, Household } from '@smart-meter/household';
import { panel } from '@smart-meter/simulators';
import { DateTime } from 'luxon';
import { EmporiaMeter } from './emporia-meter';
import { REQUESTS_PER_DAY } from './request-ledger';
import { SimulatedCloud, startCloud } from './testing/simulated-cloud';
import { inProcess } from './testing/in-process-cloud';

// A machine that is busy with other things is no fault.
jest.setTimeout(60_000);

const signal = new AbortController().signal;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Midnight in Berlin, the zone of the simulated home. */
const MIDNIGHT = new Date('2026-06-15T22:00:00Z');

describe('live readings', () => {
  let cloud: SimulatedCloud;
  let meter: EmporiaMeter;
  const start = async (at: string | Date, options: Parameters<typeof startCloud>[0] = {}) => {
    cloud = await startCloud({ start: new Date(at).toISOString(), ...options });
    meter = cloud.meter({ dispatcher: inProcess(cloud.simulator, () => null) });
  };
  afterEach(() => cloud.simulator.close());

  const poll = (): Promise<PolledReading> => meter.fetchConsumption(signal);
  const pollEvery = async (ms: number, until: Date): Promise<PolledReading[]> => {
    const polled: PolledReading[] = [];
    while (cloud.clock.now() < until) {
      polled.push(await poll());
      cloud.clock.advance(ms);
    }
    return polled;
  };
  const dailyTruth = (household: Household, at: Date) => {
    const midnight = DateTime.fromJSDate(at, { zone: household.timeZone }).startOf('day').toJSDate();
    return household.energyKwhBetween(midnight, at).totalKwh;
  };

  it('say what the home drew in the last whole minute', async () => {
    await start('2026-06-15T10:30:20Z');
    const { reading } = await poll();
    expect(reading).toMatchObject({ observedAt: new Date('2026-06-15T10:30:00Z'), averagedOverS: 60 });
    const truth = cloud.household.energyKwhBetween(new Date('2026-06-15T10:29:00Z'), reading.observedAt);
    expect(reading.totalPowerW).toBeCloseTo(truth.totalKwh * 60_000, 6);
    expect(reading.gridPowerW).toBeCloseTo((truth.gridImportKwh - truth.gridExportKwh) * 60_000, 6);
    expect(reading.solarPowerW).toBeCloseTo((truth.solarKwh ?? NaN) * 60_000, 6);
  });

  it('cost one request a minute for the whole account, however often they are asked for', async () => {
    await start('2026-06-15T10:30:20Z');
    const polled = await pollEvery(10_000, new Date('2026-06-15T11:30:00Z'));
    expect(polled).toHaveLength(358);
    expect(new Set(polled.map(({ reading }) => reading.observedAt.getTime())).size).toBe(60);
    expect(meter.requestCounts().usage.total).toBe(60);
  });

  it.each([
    ['the panel offline', true],
    ['all well', false],
  ])(
    'keep to the requests of a day with %s, asked for every ten seconds',
    async (_name, offline) => {
      await start('2026-06-15T00:00:20Z');
      const outage = { from: new Date('2026-06-15T00:00:00Z'), to: new Date('2026-07-01T00:00:00Z') };
      if (offline) for (const device of cloud.devices) device.outages.push({ ...outage, afterwards: 'lost' });
      await pollEvery(10_000, new Date('2026-06-16T01:00:20Z'));
      const counts = Object.values(meter.requestCounts());
      expect(counts.reduce((sum, { last24h }) => sum + last24h, 0)).toBeLessThanOrEqual(REQUESTS_PER_DAY);
      expect(meter.requestCounts().usage.last24h).toBeGreaterThan(1_300);
      expect(meter.requestCounts()).toMatchObject({ inventory: { total: 5 }, auth: { total: 28 } });
    },
    60_000,
  );

  it('tell the import and the export of today apart', async () => {
    await start('2026-06-15T18:30:20Z');
    expect(meter.gridEnergyToday()).toBeNull();
    await poll();
    const grid = meter.gridEnergyToday();
    expect(grid?.importKwh).toBeGreaterThanOrEqual(0);
    expect(grid?.exportKwh).toBeGreaterThan(1);
  });

  it("carry the energy of the day from minute to minute, and take Emporia's own figure every quarter", async () => {
    await start('2026-06-15T10:30:20Z');
    const polled = await pollEvery(MINUTE_MS, new Date('2026-06-15T12:30:00Z'));
    for (const { reading } of polled) {
      expect(
        Math.abs((reading.dailyKwh ?? NaN) - dailyTruth(cloud.household, reading.observedAt)),
      ).toBeLessThan(0.05);
    }
    expect(meter.requestCounts().daily.total).toBe(8);
  });

  it("are not fooled by yesterday's energy after midnight", async () => {
    await start(new Date(MIDNIGHT.getTime() - 10 * MINUTE_MS + 20_000), { midnightLagMinutes: 25 });
    const polled = await pollEvery(MINUTE_MS, new Date(MIDNIGHT.getTime() + HOUR_MS));
    for (const { reading } of polled) {
      expect(
        Math.abs((reading.dailyKwh ?? NaN) - dailyTruth(cloud.household, reading.observedAt)),
      ).toBeLessThan(0.05);
    }
    const atMidnight = polled.find(({ reading }) => reading.observedAt.getTime() === MIDNIGHT.getTime());
    expect(atMidnight?.reading.dailyKwh).toBe(0);
  });

  it('leave the energy of the day out for half an hour where midnight was missed', async () => {
    await start(new Date(MIDNIGHT.getTime() + 3 * MINUTE_MS + 20_000), { midnightLagMinutes: 25 });
    const polled = await pollEvery(5 * MINUTE_MS, new Date(MIDNIGHT.getTime() + HOUR_MS));
    for (const { reading } of polled) {
      const sinceMidnightMs = reading.observedAt.getTime() - MIDNIGHT.getTime();
      if (sinceMidnightMs < 30 * MINUTE_MS) expect(reading.dailyKwh).toBeUndefined();
      else
        expect(
          Math.abs((reading.dailyKwh ?? NaN) - dailyTruth(cloud.household, reading.observedAt)),
        ).toBeLessThan(0.05);
    }
  });

  it('lose the energy of the day with a missing minute, and ask for it again', async () => {
    await start('2026-06-15T10:30:20Z');
    await poll();
    cloud.clock.advance(2 * MINUTE_MS);
    expect((await poll()).reading.dailyKwh).toBeUndefined();
    cloud.clock.advance(3 * MINUTE_MS);
    expect((await poll()).reading.dailyKwh).toBeGreaterThan(0);
  });

  it.each([
    ['2026-03-29', 23],
    ['2026-10-25', 25],
  ])('know that %s has %d hours', async (date, hours) => {
    const midnight = DateTime.fromISO(date, { zone: 'Europe/Berlin' });
    await start(midnight.plus({ days: 1 }).minus({ minutes: 30 }).toJSDate());
    cloud.clock.advance(20_000);
    const { reading } = await poll();
    expect(midnight.plus({ days: 1 }).diff(midnight).as('hours')).toBe(hours);
    expect(
      Math.abs((reading.dailyKwh ?? NaN) - dailyTruth(cloud.household, reading.observedAt)),
    ).toBeLessThan(0.05);
  });

  it('say so when Emporia answers for another minute, and carry that one', async () => {
    await start('2026-06-15T10:30:20Z');
    const older = (body: string) => body.replace('10:29:00Z', '10:26:00Z');
    cloud.simulator.faults.next({ kind: 'rewrite', rewrite: older }, { path: /AppAPI/ });
    meter = cloud.meter();
    const { reading, warnings } = await poll();
    expect(reading.observedAt).toEqual(new Date('2026-06-15T10:27:00Z'));
    expect(warnings).toContainEqual(expect.stringContaining('instead of'));
  });

  it('refuse an answer from the future, and never give a minute that is not over', async () => {
    await start('2026-06-15T10:30:20Z');
    meter = cloud.meter();
    const change = (to: string) =>
      cloud.simulator.faults.next(
        { kind: 'rewrite', rewrite: (body) => body.replace('10:29:00Z', to) },
        { path: /AppAPI/ },
      );
    change('10:30:00Z');
    expect((await poll()).reading.observedAt).toEqual(new Date('2026-06-15T10:30:00Z'));
    cloud.clock.advance(HOUR_MS);
    cloud.simulator.faults.next(
      { kind: 'rewrite', rewrite: (body) => body.replaceAll('2026-06-15', '2027-06-15') },
      { path: /AppAPI/ },
    );
    await expect(poll()).rejects.toMatchObject({ code: 'malformed_response' });
  });

  it('keep names and circuits through an answer that is empty, also where the list of devices has no names', async () => {
    await start('2026-06-15T10:30:20Z');
    meter = cloud.meter({ host: 'modern' });
    const named = ({ reading }: PolledReading) => reading.circuits.map(({ id, name }) => [id, name]);
    const before = named(await poll());
    cloud.clock.advance(MINUTE_MS);
    cloud.simulator.faults.next({ kind: 'body', body: '' }, { path: /usages/ });
    const empty = await poll();
    expect(empty.reading.totalPowerW).toBeNull();
    expect(named(empty)).toEqual(before);
  });

  it('find back to the energy of the day after the clock was wrong', async () => {
    await start('2026-06-15T10:30:20Z');
    await poll();
    cloud.clock.advance(400 * 24 * HOUR_MS);
    await poll();
    cloud.clock.advance(-400 * 24 * HOUR_MS + 10 * MINUTE_MS);
    const { reading } = await poll();
    expect(
      Math.abs((reading.dailyKwh ?? NaN) - dailyTruth(cloud.household, reading.observedAt)),
    ).toBeLessThan(0.05);
  });

  it('name the devices that have been silent for long', async () => {
    await start('2026-06-15T10:30:20Z');
    const [, fridge] = cloud.devices;
    await poll();
    const from = new Date('2026-06-15T10:31:00Z');
    fridge?.outages.push({ from, to: new Date('2026-06-15T12:00:00Z'), afterwards: 'lost' });
    const polled = await pollEvery(MINUTE_MS, new Date('2026-06-15T11:00:00Z'));
    expect(polled.at(3)?.stale).toEqual([]);
    expect(polled.at(-1)?.stale).toEqual([
      { sourceId: expect.stringContaining('120045'), lastReportedAt: from },
    ]);
    expect(polled.at(-1)?.reading.circuits.find(({ id }) => id === '120045/mains')?.powerW).toBeNull();
    expect(polled.at(-1)?.reading.totalPowerW).not.toBeNull();
  });

  it('add up several panels', async () => {
    const household = createHousehold({ seed: 7 });
    const upstairs = panel({
      household,
      gid: 1,
      name: 'Upstairs',
      owns: (id) => id === 'bedrooms' || id === 'office',
    });
    const downstairs = panel({
      household,
      gid: 2,
      name: 'Downstairs',
      owns: (id) => id !== 'bedrooms' && id !== 'office',
    });
    await start('2026-06-15T10:30:20Z', { devices: [upstairs, downstairs] });
    const { reading } = await poll();
    const truth = household.energyKwhBetween(new Date('2026-06-15T10:29:00Z'), reading.observedAt);
    expect(reading.totalPowerW).toBeCloseTo(truth.totalKwh * 60_000, 6);
    const mains = reading.circuits.filter(({ id }) => id.endsWith('/mains'));
    expect(mains.map(({ name }) => name)).toEqual(['Upstairs', 'Downstairs']);
  });
});
