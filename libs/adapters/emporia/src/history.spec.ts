import { HistoryChunk } from '@smart-meter/meter-adapter';
import { createHousehold } from '@smart-meter/household';
import { panel } from '@smart-meter/simulators';
import * as fc from 'fast-check';
import { CHART_SCALES, nextWindow } from './history-windows';
import { CHART_REQUESTS_PER_DAY } from './request-ledger';
import { collectHistory } from './testing/collect-history';
import { inProcess } from './testing/in-process-cloud';
import { SimulatedCloud, startCloud } from './testing/simulated-cloud';

// A machine that is busy with other things is no fault.
jest.setTimeout(60_000);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const NOW = new Date('2026-06-15T10:30:20Z');
const ago = (ms: number) => new Date(NOW.getTime() - ms);
const spacings = (chunks: HistoryChunk[]) => [
  ...new Set(chunks.flatMap(({ readings }) => readings.map(({ averagedOverS }) => averagedOverS))),
];

describe('the windows of the history', () => {
  it('cover any range once, never longer than Emporia answers, nor older than it keeps', () => {
    const instants = fc.integer({ min: NOW.getTime() - 800 * DAY_MS, max: NOW.getTime() });
    fc.assert(
      fc.property(instants, instants, (a, b) => {
        fc.pre(a !== b);
        const to = new Date(Math.max(a, b));
        let from = new Date(Math.min(a, b));
        while (from < to) {
          const window = nextWindow(from, to, NOW);
          const limits = CHART_SCALES.find(({ scale }) => scale === window.scale);
          expect(window.range.from).toEqual(from);
          expect(window.range.to.getTime()).toBeGreaterThan(from.getTime());
          expect(window.range.to.getTime()).toBeLessThanOrEqual(to.getTime());
          expect(window.range.to.getTime() - from.getTime()).toBeLessThanOrEqual(limits?.windowMs ?? 0);
          expect(NOW.getTime() - from.getTime()).toBeLessThan(limits?.keptForMs ?? Infinity);
          from = window.range.to;
        }
      }),
    );
  });
});

describe('the history', () => {
  let cloud: SimulatedCloud;
  const start = async (options: Parameters<typeof startCloud>[0] = {}) => {
    cloud = await startCloud({ start: NOW.toISOString(), ...options });
    return cloud.meter({ dispatcher: inProcess(cloud.simulator, () => null) });
  };
  afterEach(() => cloud.simulator.close());

  it('has minutes for a week, quarters for a year, hours for ever, each said to be what it is', async () => {
    const meter = await start();
    expect(spacings(await collectHistory(meter, { from: ago(5 * HOUR_MS), to: ago(HOUR_MS) }))).toEqual([60]);
    expect(spacings(await collectHistory(meter, { from: ago(9 * DAY_MS), to: ago(8 * DAY_MS) }))).toEqual([
      900,
    ]);
    expect(spacings(await collectHistory(meter, { from: ago(400 * DAY_MS), to: ago(390 * DAY_MS) }))).toEqual(
      [3600],
    );
  });

  it('joins them without a hole or an overlap', async () => {
    const meter = await start();
    const chunks = await collectHistory(meter, { from: ago(8 * DAY_MS), to: ago(6.5 * DAY_MS) });
    expect(spacings(chunks)).toEqual([900, 60]);
    const readings = chunks.flatMap((chunk) => chunk.readings);
    const steps = readings.slice(1).map((reading, index) => {
      const previousMs = readings[index]?.observedAt.getTime() ?? 0;
      return (reading.observedAt.getTime() - previousMs) / 1000 - reading.averagedOverS;
    });
    expect(new Set(steps)).toEqual(new Set([0]));
  });

  it('says what the home was, with signs and parts as live readings have them', async () => {
    const meter = await start();
    const { reading: live } = await meter.fetchConsumption(new AbortController().signal);
    cloud.clock.advance(10 * MINUTE_MS);
    const from = new Date(live.observedAt.getTime() - MINUTE_MS);
    const [chunk] = await collectHistory(meter, { from, to: live.observedAt });
    const past = chunk?.readings[0];
    expect(past).toMatchObject({ observedAt: live.observedAt, averagedOverS: 60, provenance: 'backfill' });
    expect(past?.totalPowerW).toBeCloseTo(live.totalPowerW ?? NaN, 6);
    expect(past?.solarPowerW).toBeCloseTo(live.solarPowerW ?? NaN, 6);
    const charted = live.circuits.filter(({ id }) => !id.endsWith('Balance'));
    expect(past?.circuits.map(({ id, name }) => [id, name])).toEqual(
      charted.map(({ id, name }) => [id, name]),
    );
    charted.forEach((circuit, index) =>
      expect(past?.circuits[index]?.powerW).toBeCloseTo(circuit.powerW ?? NaN, 6),
    );
  });

  it('leaves out the minute that is not over', async () => {
    const meter = await start();
    const [chunk] = await collectHistory(meter, { from: ago(3 * MINUTE_MS), to: NOW });
    const last = chunk?.readings.at(-1)?.observedAt.getTime() ?? 0;
    expect(last).toBeLessThanOrEqual(NOW.getTime());
    expect(chunk?.range.to).toEqual(NOW);
  });

  it('asks for no channel that Emporia only computes', async () => {
    const meter = await start();
    await meter.fetchConsumption(new AbortController().signal);
    const before = meter.requestCounts().chart.total;
    await collectHistory(meter, { from: ago(3 * HOUR_MS), to: ago(2 * HOUR_MS) });
    // Mains, six circuits, the solar system and the plug.
    expect(meter.requestCounts().chart.total - before).toBe(9);
  });

  it('takes quarters where a unit never fills its minutes, and remembers that', async () => {
    const meter = await start();
    for (const device of cloud.devices) device.minuteChartOfMainsIsBlank = true;
    const chunks = await collectHistory(meter, { from: ago(30 * HOUR_MS), to: ago(2 * HOUR_MS) });
    expect(spacings(chunks)).toEqual([900]);
    expect(
      chunks.flatMap(({ readings }) => readings).every(({ totalPowerW }) => typeof totalPowerW === 'number'),
    ).toBe(true);
    // One window tried the minutes first.
    expect(meter.requestCounts().chart.total).toBe(3 * 9 + 1);
  });

  it('calls a hole unavailable once it is final, and spends little on it', async () => {
    const meter = await start();
    const hole = { from: ago(9 * HOUR_MS - 20_000), to: ago(6 * HOUR_MS - 20_000) };
    const toMinute = (at: Date) => new Date(Math.floor(at.getTime() / MINUTE_MS) * MINUTE_MS);
    const [from, to] = [toMinute(hole.from), toMinute(hole.to)];
    for (const device of cloud.devices) device.outages.push({ from, to, afterwards: 'lost' });
    const [chunk] = await collectHistory(meter, { from: ago(10 * HOUR_MS), to: ago(2 * HOUR_MS) });
    expect(chunk?.unavailable).toEqual([{ range: { from, to }, reason: expect.stringContaining('offline') }]);
    const before = meter.requestCounts().chart.total;
    const [within] = await collectHistory(meter, { from, to });
    expect(within).toMatchObject({ readings: [], unavailable: [] });
    // Mains by the minute and the quarter, and the plug: what is behind a unit that was offline is not asked for.
    expect(meter.requestCounts().chart.total - before).toBe(3);
  });

  it('tells of nothing before a monitor was installed', async () => {
    const household = createHousehold({ seed: 7 });
    const installedAt = new Date('2026-06-13T00:00:00Z');
    const meter = await start({ devices: [panel({ household, installedAt })] });
    const chunks = await collectHistory(meter, {
      from: new Date('2026-06-12T12:00:00Z'),
      to: new Date('2026-06-13T12:00:00Z'),
    });
    const readings = chunks.flatMap((chunk) => chunk.readings);
    expect(readings).toHaveLength(720);
    expect(readings[0]?.observedAt).toEqual(new Date('2026-06-13T00:01:00Z'));
    expect(chunks.flatMap(({ unavailable }) => unavailable).map(({ range }) => range)).toEqual([
      { from: new Date('2026-06-12T12:00:00Z'), to: new Date('2026-06-13T00:00:00Z') },
    ]);
  });

  it('spreads a long backfill over days and goes on where it was', async () => {
    const meter = await start();
    const range = { from: ago(40 * DAY_MS), to: ago(HOUR_MS) };
    let { from } = range;
    const times: number[] = [];
    let days = 0;
    for (; from < range.to && days < 10; days += 1) {
      try {
        for await (const chunk of meter.fetchHistory({ from, to: range.to }, new AbortController().signal)) {
          times.push(...chunk.readings.map(({ observedAt }) => observedAt.getTime()));
          from = chunk.range.to;
        }
      } catch (error) {
        expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: expect.any(Number) });
        const { retryAfterMs } = error as { retryAfterMs: number };
        expect(retryAfterMs).toBeLessThanOrEqual(DAY_MS);
        cloud.clock.advance(retryAfterMs);
      }
      expect(meter.requestCounts().chart.last24h).toBeLessThanOrEqual(CHART_REQUESTS_PER_DAY);
    }
    expect(from).toEqual(range.to);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    // 33 days of quarters and less than a week of minutes: waiting costs resolution, never a part.
    expect(times.length).toBeGreaterThan(33 * 96 + 5 * 1440);
  });

  it('stops when told to', async () => {
    const meter = await start();
    const stop = new AbortController();
    const history = meter.fetchHistory({ from: ago(3 * DAY_MS), to: ago(HOUR_MS) }, stop.signal);
    await history.next();
    stop.abort(new Error('told to stop'));
    await expect(history.next()).rejects.toThrow('told to stop');
  });
});
