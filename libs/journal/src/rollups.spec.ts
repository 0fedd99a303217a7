import * as fc from 'fast-check';
import { Provenance } from '@smart-meter/meter-adapter';
import { FakeClock } from '@smart-meter/meter-adapter-testkit';
import { Journal, JournalOptions } from './journal';
import { circuit, journalBench, reading } from './testing/test-journal';

const { newDirectory, open: openJournal } = journalBench();

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const T0 = Date.parse('2026-03-28T20:00:00Z');
const HOLD_S = 600;
const always = { from: new Date(0), to: new Date('2100-01-01') };

function open(options: Partial<JournalOptions> & { clock: FakeClock }): Journal {
  return openJournal({ timeZone: 'Europe/Berlin', holdMs: HOLD_S * 1000, ...options });
}

const clockAt = (atMs: number) => new FakeClock(new Date(atMs));
const homeSeries = (journal: Journal) =>
  journal.findSeries({ meterId: 'home', quantity: 'totalPowerW', circuitId: null })?.id ?? 0;

interface Point {
  atS: number;
  averagedOverS: number;
  value: number | null;
  provenance: Extract<Provenance, 'live' | 'backfill'>;
}

const toReading = ({ atS, averagedOverS, value, provenance }: Point) =>
  reading(T0 + atS * 1000, { averagedOverS, totalPowerW: value, provenance });

/** All times are multiples of this, so that a value holds for the whole of a tick. */
const TICK_S = 10;
const FIRST_S = -5 * 3_600;
const LAST_S = 12 * 3_600;

/** What holds in the tick after `s`, straight from the definition. */
function valueAt(points: readonly Point[], s: number): number | undefined {
  let best: Point | undefined;
  for (const p of points) {
    if (p.averagedOverS === 0 || p.value === null || s < p.atS - p.averagedOverS || p.atS <= s) continue;
    const isBetter =
      best === undefined ||
      p.averagedOverS < best.averagedOverS ||
      (p.averagedOverS === best.averagedOverS && p.atS < best.atS);
    if (isBetter) best = p;
  }
  if (best !== undefined) return best.value ?? undefined;
  for (const p of points) {
    if (p.averagedOverS === 0 && p.atS <= s && p.atS >= (best?.atS ?? -Infinity)) best = p;
  }
  if (best === undefined || best.value === null || s - best.atS >= HOLD_S) return undefined;
  const { atS, value } = best;
  const cuts = (cutS: number) => atS < cutS && cutS <= s;
  return points.some((p) => p.averagedOverS > 0 && (cuts(p.atS) || cuts(p.atS - p.averagedOverS)))
    ? undefined
    : value;
}

function naive(
  points: readonly Point[],
  ticks: readonly (number | undefined)[],
  fromMs: number,
  toMs: number,
) {
  const fromS = (fromMs - T0) / 1000;
  const toS = (toMs - T0) / 1000;
  const tick = (s: number) => Math.max(0, (s - FIRST_S) / TICK_S);
  const values = ticks.slice(tick(fromS), tick(toS)).filter((value) => value !== undefined);
  const inside = points.filter(({ atS, averagedOverS, value }) => {
    const belongsS = averagedOverS > 0 ? atS - 0.001 : atS;
    return value !== null && fromS <= belongsS && belongsS < toS;
  });
  const sampleCount = inside.length;
  if (values.length === 0 && sampleCount === 0) return undefined;
  const peaks = [...values, ...inside.filter((p) => p.averagedOverS === 0).map((p) => p.value ?? 0)];
  return {
    sampleCount,
    coveredS: values.length * TICK_S,
    energyWs: values.reduce((sum, value) => sum + value, 0) * TICK_S,
    negativeWs: values.reduce((sum, value) => sum + Math.min(0, value), 0) * TICK_S,
    min: Math.min(...peaks),
    max: Math.max(...peaks),
  };
}

/** What the journal must have kept: known above unknown, then live above backfill, then later above earlier. */
function keep(kept: Map<string, Point>, point: Point): void {
  const key = `${point.atS}/${point.averagedOverS}`;
  const old = kept.get(key);
  const rank = ({ value, provenance }: Point) => (value === null ? 2 : 0) + (provenance === 'live' ? 0 : 1);
  if (old === undefined || rank(point) <= rank(old)) kept.set(key, point);
}

const point: fc.Arbitrary<Point> = fc.record({
  atS: fc.integer({ min: -3 * 360, max: 9 * 360 }).map((tick) => tick * TICK_S),
  averagedOverS: fc.constantFrom(0, 0, 0, 60, 300, 3_600),
  value: fc.option(fc.integer({ min: -2_000, max: 4_000 }), { freq: 8 }),
  provenance: fc.constantFrom('live', 'backfill'),
});

type Step = { append: Point[] } | { advanceS: number } | 'maintain' | 'query' | 'restart';

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ append: fc.array(point, { minLength: 1, maxLength: 12 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ advanceS: fc.integer({ min: 1, max: 720 }).map((tick) => tick * TICK_S) }),
  },
  fc.constantFrom('maintain', 'query', 'restart'),
);

describe('roll-ups', () => {
  it.each(['Europe/Berlin', 'Asia/Kathmandu'])(
    'equal a computation from the definition, whatever comes when (%s)',
    async (timeZone) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
          const dataDir = newDirectory();
          const clock = clockAt(T0);
          let journal = open({ dataDir, clock, timeZone });
          const kept = new Map<string, Point>();
          for (const now of steps) {
            if (now === 'maintain') while (!journal.maintain().idle);
            else if (now === 'query') {
              if (kept.size > 0) journal.rollups(homeSeries(journal), 'hour', always);
            } else if (now === 'restart') {
              journal.close();
              journal = open({ dataDir, clock, timeZone });
            } else if ('advanceS' in now) await clock.advance(now.advanceS * 1000);
            else {
              journal.append({ readings: now.append.map(toReading) });
              for (const one of now.append) keep(kept, one);
            }
          }
          // What is in the future of the clock is rolled up when its time has come.
          clock.jumpTo(new Date(T0 + DAY_MS));
          const points = [...kept.values()];
          if (points.length > 0) {
            for (const resolution of ['5m', 'hour', 'day'] as const) {
              const rows = journal.rollups(homeSeries(journal), resolution, always);
              expect(rows.map(summary)).toEqual(expected(points, resolution, timeZone));
            }
          }
          journal.close();
        }),
        { numRuns: 60, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false },
      );
    },
    30_000,
  );

  function summary({ startMs, sampleCount, coveredMs, mean, negativeMean, min, max }: RollupRow) {
    const coveredS = coveredMs / 1000;
    return {
      startMs,
      sampleCount,
      coveredS,
      energyWs: Math.round(mean * coveredS),
      negativeWs: Math.round(negativeMean * coveredS) + 0,
      min,
      max,
    };
  }

  type RollupRow = ReturnType<Journal['rollups']>[number];

  function expected(points: readonly Point[], resolution: '5m' | 'hour' | 'day', timeZone: string) {
    const ticks = [];
    for (let s = FIRST_S; s < LAST_S; s += TICK_S) ticks.push(valueAt(points, s));
    const rows = [];
    for (const { startMs, endMs } of stretches(resolution, timeZone)) {
      const row = naive(points, ticks, startMs, endMs);
      if (row !== undefined) rows.push({ startMs, ...row, negativeWs: row.negativeWs + 0 });
    }
    return rows;
  }

  /** Berlin changes its clocks in these hours; Kathmandu is 5:45 ahead. */
  function stretches(resolution: '5m' | 'hour' | 'day', timeZone: string) {
    const edges = {
      'Europe/Berlin': ['2026-03-27T23:00Z', '2026-03-28T23:00Z', '2026-03-29T22:00Z'],
      'Asia/Kathmandu': ['2026-03-27T18:15Z', '2026-03-28T18:15Z', '2026-03-29T18:15Z'],
    }[timeZone]?.map((edge) => Date.parse(edge)) ?? [0, 0, 0];
    const [first = 0, middle = 0, last = 0] = edges;
    if (resolution === 'day')
      return [
        { startMs: first, endMs: middle },
        { startMs: middle, endMs: last },
      ];
    const stepMs = resolution === 'hour' ? HOUR_MS : 5 * MINUTE_MS;
    const steps = [];
    for (let startMs = first; startMs < last; startMs += stepMs) {
      steps.push({ startMs, endMs: startMs + stepMs });
    }
    return steps;
  }

  it('follow the unfinished bucket as time goes on', async () => {
    const clock = clockAt(T0);
    const journal = open({ clock });
    journal.append({ readings: [reading(T0, { totalPowerW: 120 })] });
    const id = homeSeries(journal);
    await clock.advance(60_000);
    journal.append({ readings: [reading(T0 + 60_000, { totalPowerW: 60 })] });
    expect(journal.rollups(id, '5m', always)).toMatchObject([
      { coveredMs: 60_000, mean: 120, energyWh: 2, max: 120 },
    ]);
    await clock.advance(30 * MINUTE_MS);
    expect(journal.rollups(id, '5m', always)).toMatchObject([
      { startMs: T0, coveredMs: 300_000, min: 60, max: 120, mean: 72, sampleCount: 2, lastValue: 60 },
      { startMs: T0 + 300_000, coveredMs: 300_000, mean: 60, sampleCount: 0 },
      { startMs: T0 + 600_000, coveredMs: 60_000, mean: 60 },
    ]);
  });

  it('follow the home to another time zone', async () => {
    const dataDir = newDirectory();
    const clock = clockAt(T0);
    const journal = open({ dataDir, clock });
    journal.append({
      readings: Array.from({ length: 600 }, (_, i) =>
        reading(T0 - i * 5 * MINUTE_MS, { totalPowerW: 1_000 }),
      ),
    });
    const id = homeSeries(journal);
    const before = journal.energy(id, 'day', always);
    journal.close();
    const moved = open({ dataDir, clock, timeZone: 'Asia/Kathmandu' });
    const after = moved.energy(id, 'day', always);
    const total = (days: typeof after) => days.reduce((sum, { energyKwh }) => sum + energyKwh, 0);
    expect(total(after)).toBeCloseTo(total(before), 9);
    expect(after.map(({ startMs }) => new Date(startMs).toISOString().slice(11, 16))).toEqual(
      after.map(() => '18:15'),
    );
    while (!moved.maintain().idle);
    expect(moved.energy(id, 'day', always)).toEqual(after);
  });

  it('reach a reader as the writer left them', () => {
    const dataDir = newDirectory();
    const journal = open({ dataDir, clock: clockAt(T0 + HOUR_MS) });
    journal.append({ readings: [reading(T0, { totalPowerW: 120 })] });
    const id = homeSeries(journal);
    const reader = Journal.openReadOnly({ dataDir });
    expect(reader.rollups(id, 'hour', always)).toEqual([]);
    while (!journal.maintain().idle);
    expect(reader.rollups(id, 'hour', always)).toEqual(journal.rollups(id, 'hour', always));
    expect(reader.timeZone).toBe('Europe/Berlin');
    reader.close();
  });
});

describe('retention', () => {
  const steady = (fromMs: number, toMs: number, powerW: number) =>
    Array.from({ length: (toMs - fromMs) / MINUTE_MS }, (_, i) =>
      reading(fromMs + i * MINUTE_MS, { totalPowerW: powerW, provenance: 'backfill' }),
    );
  const rawCount = (journal: Journal) => [...journal.readings(always)].length;

  it('lets raw samples go when their time is over, and never a roll-up', async () => {
    const clock = clockAt(T0);
    const journal = open({ clock, retentionDays: 2 });
    journal.append({ readings: steady(T0 - 3 * DAY_MS, T0, 600) });
    const id = homeSeries(journal);
    const before = journal.rollups(id, '5m', always);
    while (!journal.maintain().idle);
    expect(rawCount(journal)).toBe(2 * 24 * 60);
    expect(journal.rollups(id, '5m', always)).toEqual(before);
    await clock.advance(5 * DAY_MS);
    while (!journal.maintain().idle);
    expect(rawCount(journal)).toBe(0);
    expect(journal.rollups(id, '5m', always).slice(0, before.length - 1)).toEqual(before.slice(0, -1));
  });

  it('takes backfill from before it into the roll-ups, and a lesser one cannot spoil what is there', () => {
    const clock = clockAt(T0);
    const journal = open({ clock, retentionDays: 1 });
    const old = T0 - 40 * DAY_MS;
    journal.append({ readings: steady(old, old + HOUR_MS, 600) });
    while (!journal.maintain().idle);
    const id = homeSeries(journal);
    expect(rawCount(journal)).toBe(0);
    const before = journal.rollups(id, '5m', always);
    expect(before.reduce((sum, { energyWh }) => sum + (energyWh ?? 0), 0)).toBeCloseTo(690, 6);

    journal.append({ readings: steady(old + 30_000, old + 30_000 + 2 * MINUTE_MS, 9_999) });
    while (!journal.maintain().idle);
    expect(journal.rollups(id, '5m', always)).toEqual(before);

    journal.append({ readings: steady(old + DAY_MS, old + DAY_MS + HOUR_MS, 300) });
    while (!journal.maintain().idle);
    expect(journal.energy(id, 'day', always)).toHaveLength(2);
  });

  it('keeps what is not rolled up yet', () => {
    const clock = clockAt(T0);
    const journal = open({ clock, retentionDays: 1 });
    journal.append({ readings: steady(T0 - 40 * DAY_MS, T0 - 40 * DAY_MS + HOUR_MS, 600) });
    expect(rawCount(journal)).toBe(60);
    expect(journal.energy(homeSeries(journal), 'year', always)).toMatchObject([{ energyKwh: 0.69 }]);
  });
});

describe('energy', () => {
  it('takes the meter’s own figure where it speaks for the whole day, and says whose figure it is', () => {
    const clock = clockAt(T0);
    const journal = open({ clock, timeZone: 'UTC' });
    const day1 = Date.parse('2026-03-01');
    const day2 = day1 + DAY_MS;
    const hourly = (dayMs: number, withCounterUntilH: number) =>
      Array.from({ length: 24 }, (_, h) =>
        reading(dayMs + (h + 1) * HOUR_MS, {
          averagedOverS: 3_600,
          totalPowerW: 1_000,
          ...(h < withCounterUntilH ? { dailyKwh: (h + 1) * 1.1 } : {}),
          circuits: [circuit('pv', -100)],
        }),
      );
    journal.append({ readings: [...hourly(day1, 24), ...hourly(day2, 10)] });
    const id = homeSeries(journal);
    expect(journal.energy(id, 'day', always)).toMatchObject([
      {
        date: '2026-03-01',
        source: 'meter',
        integratedKwh: expect.closeTo(24, 9) as number,
        coveredS: 86_400,
      },
      { date: '2026-03-02', source: 'integrated', energyKwh: expect.closeTo(24, 9) as number },
    ]);
    expect(journal.energy(id, 'day', always)[0]?.energyKwh).toBeCloseTo(26.4, 9);
    expect(journal.energy(id, 'month', always)).toMatchObject([
      { date: '2026-03-01', source: 'mixed', energyKwh: expect.closeTo(50.4, 9) as number },
    ]);
    const pv = journal.findSeries({ meterId: 'home', quantity: 'circuitPowerW', circuitId: 'pv' });
    expect(journal.energy(pv?.id ?? 0, 'week', always)).toMatchObject([
      { date: '2026-02-23', negativeKwh: expect.closeTo(2.4, 9) as number },
      { date: '2026-03-02', energyKwh: expect.closeTo(-2.4, 9) as number },
    ]);
    const counter = journal.findSeries({ meterId: 'home', quantity: 'dailyKwh', circuitId: null });
    expect(() => journal.energy(counter?.id ?? 0, 'day', always)).toThrow(/not a power/);
  });
});
