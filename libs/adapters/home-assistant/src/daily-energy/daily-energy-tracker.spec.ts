import * as fc from 'fast-check';
import { CounterEntity } from './counter';
import { parseDailyEnergySnapshot } from './daily-energy-snapshot';
import { DailyEnergyTracker } from './daily-energy-tracker';

const ZONE = 'Europe/Berlin';
const METER = 'sensor.meter';

interface Facts {
  entityId?: string;
  unit?: string;
  stateClass?: string;
  lastReset?: string;
  changedAt?: string;
  attributes?: Record<string, unknown>;
}

function counter(state: number | string, facts: Facts = {}): CounterEntity {
  return {
    entityId: facts.entityId ?? METER,
    state: String(state),
    attributes: {
      unit_of_measurement: facts.unit ?? 'kWh',
      state_class: facts.stateClass ?? 'total_increasing',
      ...(facts.lastReset === undefined ? {} : { last_reset: facts.lastReset }),
      ...facts.attributes,
    },
    lastChangedAt: facts.changedAt === undefined ? null : new Date(facts.changedAt),
  };
}

/** Feeds samples and gives what each leads to. */
function run(
  samples: [at: string, state: number | string, facts?: Facts][],
  timeZone = ZONE,
): (number | null)[] {
  const tracker = new DailyEnergyTracker({ timeZone });
  return samples.map(([at, state, facts]) => {
    const entity = counter(state, facts);
    tracker.observe(entity, new Date(at));
    return tracker.dailyKwh(entity.entityId, new Date(at));
  });
}

const close = (values: (number | null)[]) =>
  values.map((value) => (value === null ? null : expect.closeTo(value, 9)));

describe('a lifetime counter', () => {
  it('is unknown until its first midnight, then counts from there', () => {
    expect(
      run([
        ['2026-01-10T20:00:00+01:00', 1000],
        ['2026-01-10T23:55:00+01:00', 1002],
        ['2026-01-11T00:05:00+01:00', 1002.2],
        ['2026-01-11T12:00:00+01:00', 1005.2],
      ]),
    ).toEqual(close([null, null, 0.1, 3.1]));
  });

  it('is unknown after a long gap over midnight', () => {
    expect(
      run([
        ['2026-01-10T20:00:00+01:00', 1000],
        ['2026-01-11T08:00:00+01:00', 1004],
      ]),
    ).toEqual([null, null]);
  });

  it('counts on over a long gap within the day', () => {
    expect(
      run([
        ['2026-01-09T23:50:00+01:00', 990],
        ['2026-01-10T00:00:00+01:00', 990],
        ['2026-01-10T20:00:00+01:00', 1000],
      ]),
    ).toEqual(close([null, 0, 10]));
  });

  it('begins anew after a reset, and takes jitter for what it is', () => {
    expect(
      run([
        ['2026-01-10T00:00:00+01:00', 100],
        ['2026-01-10T00:00:01+01:00', 100],
        ['2026-01-11T00:00:00+01:00', 110],
        ['2026-01-11T01:00:00+01:00', 111],
        ['2026-01-11T02:00:00+01:00', 110.5],
        ['2026-01-11T03:00:00+01:00', 111.5],
        ['2026-01-11T04:00:00+01:00', 0.5],
        ['2026-01-11T05:00:00+01:00', 1],
      ]).slice(3),
    ).toEqual([null, null, null, null, null]);
    expect(
      run([
        ['2026-01-10T23:59:00+01:00', 110],
        ['2026-01-11T00:00:00+01:00', 110],
        ['2026-01-11T01:00:00+01:00', 111],
        ['2026-01-11T02:00:00+01:00', 110.5],
        ['2026-01-11T03:00:00+01:00', 111.5],
        ['2026-01-11T04:00:00+01:00', 0.5],
        ['2026-01-11T05:00:00+01:00', 1],
      ]),
    ).toEqual(close([null, 0, 1, 0.5, 1.5, 2, 2.5]));
  });

  it('takes its value at midnight from history', () => {
    const tracker = new DailyEnergyTracker({ timeZone: ZONE });
    const at = new Date('2026-01-10T09:00:00+01:00');
    tracker.observe(counter(1004), at);
    expect(tracker.missingBaselines(at)).toEqual({
      midnight: new Date('2026-01-10T00:00:00+01:00'),
      entityIds: [METER],
    });
    tracker.setBaseline(counter(1_000_000, { unit: 'Wh' }), new Date('2026-01-10T00:00:00+01:00'));
    expect(tracker.dailyKwh(METER, at)).toBeCloseTo(4);
    expect(tracker.missingBaselines(at).entityIds).toEqual([]);
    tracker.setBaseline(counter(1), new Date('2026-01-10T00:00:00+01:00'));
    expect(tracker.dailyKwh(METER, at)).toBeCloseTo(4);
  });

  it('takes no baseline of another day', () => {
    const tracker = new DailyEnergyTracker({ timeZone: ZONE });
    const at = new Date('2026-01-10T09:00:00+01:00');
    tracker.observe(counter(1004), at);
    tracker.setBaseline(counter(1000), new Date('2026-01-09T00:00:00+01:00'));
    expect(tracker.dailyKwh(METER, at)).toBeNull();
  });

  it('leaves everything as it is while it is unavailable', () => {
    expect(
      run([
        ['2026-01-10T23:59:59+01:00', 100],
        ['2026-01-11T00:00:00+01:00', 100],
        ['2026-01-11T01:00:00+01:00', 'unavailable'],
        ['2026-01-11T02:00:00+01:00', -5],
        ['2026-01-11T03:00:00+01:00', 103],
      ]),
    ).toEqual(close([null, 0, 0, 0, 3]));
  });
});

describe('a total with last_reset', () => {
  const total = { stateClass: 'total' };

  it('moves both ways', () => {
    expect(
      run([
        ['2026-01-10T23:59:59+01:00', 5, total],
        ['2026-01-11T00:00:00+01:00', 5, total],
        ['2026-01-11T06:00:00+01:00', -3, total],
        ['2026-01-11T12:00:00+01:00', 1, total],
      ]),
    ).toEqual(close([null, 0, -8, -4]));
  });

  it('begins anew when it says so, even where the value rises', () => {
    const before = { ...total, lastReset: '2026-01-10T00:00:00+01:00' };
    const after = { ...total, lastReset: '2026-01-11T10:00:00+01:00' };
    expect(
      run([
        ['2026-01-10T23:59:59+01:00', 5, before],
        ['2026-01-11T00:00:00+01:00', 5, before],
        ['2026-01-11T09:00:00+01:00', 6, before],
        ['2026-01-11T11:00:00+01:00', 7, after],
      ]),
    ).toEqual(close([5, 0, 1, 8]));
  });

  it('that was reset at local midnight counts the day by itself', () => {
    expect(
      run([['2026-01-10T09:00:00+01:00', 3.5, { ...total, lastReset: '2026-01-10T00:00:00+01:00' }]]),
    ).toEqual([3.5]);
    expect(
      run([['2026-01-10T09:00:00+01:00', 3.5, { ...total, lastReset: '2026-01-09T23:00:12+00:00' }]]),
    ).toEqual([3.5]);
  });

  it('that was reset at another time does not', () => {
    expect(
      run([['2026-01-10T09:00:00+01:00', 3.5, { ...total, lastReset: '2026-01-01T00:00:00+01:00' }]]),
    ).toEqual([null]);
    expect(
      run([['2026-01-10T09:00:00+01:00', 3.5, { ...total, lastReset: '2026-01-10T07:00:00+01:00' }]]),
    ).toEqual([null]);
  });
});

describe('a daily counter', () => {
  const today = { entityId: 'sensor.energy_today' };

  it.each([
    ['sensor.energy_today'],
    ['sensor.daily_energy'],
    ['sensor.stromverbrauch_heute'],
    ['sensor.energie_aujourd_hui'],
    ['sensor.verbruik_vandaag'],
  ])('%s counts the day by itself', (entityId) => {
    expect(run([['2026-01-10T09:00:00+01:00', 3.5, { entityId }]])).toEqual([3.5]);
  });

  it.each([
    ['sensor.energy_total'],
    ['sensor.monday_energy'],
    ['sensor.sunday'],
    ['sensor.yesterday_energy'],
  ])('%s does not', (entityId) => {
    expect(run([['2026-01-10T09:00:00+01:00', 3.5, { entityId }]])).toEqual([null]);
  });

  it('is known by the period of a utility meter, whatever its name', () => {
    const attributes = { meter_period: 'daily' };
    expect(run([['2026-01-10T09:00:00+01:00', 3.5, { attributes }]])).toEqual([3.5]);
    expect(
      run([['2026-01-10T09:00:00+01:00', 3.5, { ...today, attributes: { meter_period: 'monthly' } }]]),
    ).toEqual([null]);
  });

  it.each([[undefined], ['measurement']])('may have the state class %p', (stateClass) => {
    const attributes = { state_class: stateClass };
    expect(run([['2026-01-10T09:00:00+01:00', 3.5, { attributes }]])).toEqual([3.5]);
  });

  it('is none with a value that no day has', () => {
    expect(run([['2026-01-10T09:00:00+01:00', 23_456.7, today]])).toEqual([null]);
  });

  it('that has not changed since long before midnight is taken at its word once a reset was due', () => {
    const unchanged = { ...today, changedAt: '2026-01-08T12:00:00+01:00' };
    expect(run([['2026-01-10T00:59:00+01:00', 3.5, unchanged]])).toEqual([null]);
    expect(run([['2026-01-10T01:00:00+01:00', 3.5, unchanged]])).toEqual([3.5]);
  });

  it('that resets late does not carry yesterday into today', () => {
    expect(
      run([
        ['2026-01-10T23:55:00+01:00', 12, today],
        ['2026-01-11T00:05:00+01:00', 12, today],
        ['2026-01-11T00:10:00+01:00', 0.1, today],
        ['2026-01-11T12:00:00+01:00', 4, today],
      ]),
    ).toEqual(close([12, 0, 0.1, 4]));
  });

  it('first seen before its late reset is unknown until then', () => {
    expect(
      run([
        ['2026-01-11T00:01:00+01:00', 12, { ...today, changedAt: '2026-01-10T23:58:00+01:00' }],
        ['2026-01-11T00:10:00+01:00', 0.1, { ...today, changedAt: '2026-01-11T00:05:00+01:00' }],
      ]),
    ).toEqual(close([null, 0.1]));
  });

  it('is read as it is after a night without the service', () => {
    expect(
      run([
        ['2026-01-10T20:00:00+01:00', 3, today],
        ['2026-01-11T20:00:00+01:00', 9, today],
      ]),
    ).toEqual([3, 9]);
  });
});

describe('local midnight', () => {
  it.each([
    ['23 hours in spring', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z', 23],
    ['25 hours in autumn', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', 25],
  ])('a day of %s', (_what, from, to, hours) => {
    const tracker = new DailyEnergyTracker({ timeZone: ZONE });
    const start = Date.parse(from) - 60_000;
    const end = Date.parse(to) - 60_000;
    for (let atMs = start; atMs <= end; atMs += 60_000) {
      tracker.observe(counter((atMs - start) / 3_600_000 + 100), new Date(atMs));
    }
    expect(tracker.dailyKwh(METER, new Date(end))).toBeCloseTo(hours - 1 / 60, 6);
  });

  it('forgets yesterday when a new day begins without a sample', () => {
    const tracker = new DailyEnergyTracker({ timeZone: ZONE });
    tracker.observe(counter(3, { entityId: 'sensor.energy_today' }), new Date('2026-01-10T20:00:00+01:00'));
    expect(tracker.dailyKwh('sensor.energy_today', new Date('2026-01-11T00:00:01+01:00'))).toBeNull();
  });
});

describe('whatever comes', () => {
  const minutes = fc.integer({ min: 1, max: 55 });
  /** Increments with the time that passes before each. */
  const steps = fc.array(fc.tuple(minutes, fc.double({ min: 0, max: 0.5, noNaN: true })), {
    minLength: 60,
    maxLength: 160,
  });

  it('a day that was seen from its midnight on holds what was counted in it, within one gap', () => {
    fc.assert(
      fc.property(steps, (increments) => {
        const tracker = new DailyEnergyTracker({ timeZone: ZONE });
        let atMs = Date.parse('2026-01-10T23:30:00+01:00');
        const midnightMs = Date.parse('2026-01-11T00:00:00+01:00');
        let value = 500;
        let countedToday = 0;
        let overMidnight = 0;
        tracker.observe(counter(value), new Date(atMs));
        for (const [gapMin, deltaKwh] of increments) {
          const before = atMs;
          atMs += gapMin * 60_000;
          if (atMs >= midnightMs + 24 * 3_600_000) break;
          value += deltaKwh;
          if (before < midnightMs && atMs >= midnightMs) overMidnight = deltaKwh;
          else if (atMs >= midnightMs) countedToday += deltaKwh;
          tracker.observe(counter(value), new Date(atMs));
          if (atMs < midnightMs) continue;
          const used = tracker.dailyKwh(METER, new Date(atMs)) ?? NaN;
          expect(used).toBeGreaterThanOrEqual(countedToday - 1e-6);
          expect(used).toBeLessThanOrEqual(countedToday + overMidnight + 1e-6);
        }
      }),
    );
  });

  it('a restart at any instant changes nothing', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 159 }), fc.boolean(), (increments, restartAt, isDaily) => {
        const entityId = isDaily ? 'sensor.energy_today' : METER;
        const through = new DailyEnergyTracker({ timeZone: ZONE });
        let restarted = new DailyEnergyTracker({ timeZone: ZONE });
        let atMs = Date.parse('2026-01-10T20:00:00+01:00');
        let value = 500;
        increments.forEach(([gapMin, deltaKwh], index) => {
          atMs += gapMin * 60_000;
          value = deltaKwh > 0.49 ? deltaKwh : value + deltaKwh;
          if (index === restartAt) {
            const saved = parseDailyEnergySnapshot(JSON.parse(JSON.stringify(restarted)));
            restarted = new DailyEnergyTracker({ timeZone: ZONE, saved });
          }
          for (const tracker of [through, restarted])
            tracker.observe(counter(value, { entityId }), new Date(atMs));
          expect(restarted.dailyKwh(entityId, new Date(atMs))).toEqual(
            through.dailyKwh(entityId, new Date(atMs)),
          );
        });
      }),
    );
  });

  it('never throws and never gives a number that is none, clock jumps included', () => {
    const state = fc.oneof(fc.double(), fc.constantFrom('unknown', '', '12,5'), fc.integer());
    const at = fc.integer({ min: 0, max: 4e12 });
    fc.assert(
      fc.property(fc.array(fc.tuple(at, state, fc.boolean())), (samples) => {
        const tracker = new DailyEnergyTracker({ timeZone: ZONE });
        for (const [atMs, value, isTotal] of samples) {
          tracker.observe(
            counter(value, { stateClass: isTotal ? 'total' : 'total_increasing' }),
            new Date(atMs),
          );
          const used = tracker.dailyKwh(METER, new Date(atMs));
          expect(used === null || Number.isFinite(used)).toBe(true);
        }
      }),
    );
  });

  it('goes on after the clock was wrong by days', () => {
    expect(
      run([
        ['2030-01-01T12:00:00+01:00', 50],
        ['2026-01-10T23:59:00+01:00', 50],
        ['2026-01-11T00:00:00+01:00', 50],
        ['2026-01-11T01:00:00+01:00', 51],
      ]),
    ).toEqual(close([null, null, 0, 1]));
  });

  it('takes no damaged document for its own', () => {
    const good = { day: '2026-01-10', usedKwh: null, lastKwh: 1, lastAtMs: 5, lastResetMs: null };
    expect(
      parseDailyEnergySnapshot({ good, bad: { ...good, lastKwh: '1' }, worse: null, odd: { day: 5 } }),
    ).toEqual({ good });
    expect(parseDailyEnergySnapshot('nonsense')).toEqual({});
  });
});
