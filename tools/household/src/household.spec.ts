import fc from 'fast-check';
import { createHousehold } from './household';
import { HomeEvent, Household, HouseholdOptions } from './types';

const everything = { seed: 'full', solar: true, battery: true, ev: true, heatPump: true } as const;
const weekStart = new Date('2026-11-16T00:00:00Z');
const dayMs = 86_400_000;

function after(days: number): Date {
  return new Date(weekStart.getTime() + days * dayMs);
}

function eventText({ at, entityId, state, previousState, attributes, truth }: HomeEvent): string {
  return JSON.stringify([at, entityId, state, previousState, attributes, truth]);
}

describe('createHousehold', () => {
  const full = createHousehold(everything);

  it('answers the same whatever was asked before', () => {
    const instant = fc.date({
      min: new Date('2025-01-01'),
      max: new Date('2026-12-31'),
      noInvalidDate: true,
    });
    const forwards = createHousehold(everything);
    fc.assert(
      fc.property(fc.array(instant, { minLength: 1, maxLength: 4 }), (instants) => {
        const fresh = createHousehold(everything);
        const reversed = [...instants].reverse().map((at) => fresh.powerAt(at));
        expect(instants.map((at) => forwards.powerAt(at))).toEqual(reversed.reverse());
      }),
      { numRuns: 4 },
    );
  });

  it('balances: total = circuits = grid + solar + battery, parents = children, exactly', () => {
    for (let second = 0; second < 7 * 86_400; second += 613) {
      const power = full.powerAt(new Date(weekStart.getTime() + second * 1000));
      const sumOf = (parentId: string | null): number =>
        full.circuits
          .filter((circuit) => circuit.parentId === parentId)
          .reduce((sum, { id }) => sum + (power.circuits.get(id) ?? Number.NaN), 0);
      expect(sumOf(null)).toBe(power.totalPowerW);
      expect(power.gridPowerW + (power.solarPowerW ?? 0) + (power.batteryPowerW ?? 0)).toBe(
        power.totalPowerW,
      );
      for (const circuit of full.circuits.filter(({ parentId }) => parentId === null)) {
        expect(sumOf(circuit.id)).toBe(power.circuits.get(circuit.id));
      }
    }
  });

  it('integrates exactly what it shows second by second', () => {
    const from = new Date('2026-11-18T22:59:30.500Z');
    const to = new Date('2026-11-18T23:40:10.250Z');
    const sums = { total: 0, import: 0, export: 0, solar: 0, kitchen: 0 };
    for (let ms = from.getTime(); ms < to.getTime(); ms += 250) {
      const power = full.powerAt(new Date(ms));
      sums.total += power.totalPowerW / 4;
      sums.import += Math.max(0, power.gridPowerW) / 4;
      sums.export += Math.max(0, -power.gridPowerW) / 4;
      sums.kitchen += (power.circuits.get('kitchen') ?? 0) / 4;
    }
    const energy = full.energyKwhBetween(from, to);
    expect(energy.totalKwh).toBeCloseTo(sums.total / 3_600_000, 9);
    expect(energy.gridImportKwh).toBeCloseTo(sums.import / 3_600_000, 9);
    expect(energy.gridExportKwh).toBeCloseTo(sums.export / 3_600_000, 9);
    expect(energy.circuits.get('kitchen')).toBeCloseTo(sums.kitchen / 3_600_000, 9);
  });

  it('adds up: the energy of any parts is the energy of the whole', () => {
    const offset = fc.integer({ min: 0, max: 20 * dayMs });
    fc.assert(
      fc.property(fc.tuple(offset, offset, offset), (offsets) => {
        const [first, middle, last] = offsets
          .sort((left, right) => left - right)
          .map((ms) => new Date(weekStart.getTime() + ms)) as [Date, Date, Date];
        const whole = full.energyKwhBetween(first, last);
        const parts = [full.energyKwhBetween(first, middle), full.energyKwhBetween(middle, last)];
        const key = ['totalKwh', 'gridImportKwh', 'gridExportKwh'] as const;
        for (const name of key) {
          expect(parts.reduce((sum, part) => sum + part[name], 0)).toBeCloseTo(whole[name], 6);
        }
      }),
      { numRuns: 10 },
    );
    expect(() => full.energyKwhBetween(after(1), after(0))).toThrow(RangeError);
  });

  it('has local days of 23 and 25 hours when the clocks change', () => {
    const household = createHousehold({ seed: 3, timeZone: 'Europe/Berlin' });
    const across = household.energyKwhBetween(
      new Date('2026-10-24T22:00:00Z'),
      new Date('2026-10-25T23:00:00Z'),
    );
    const hours = Array.from({ length: 25 }, (_, hour) => Date.UTC(2026, 9, 24, 22 + hour));
    const sum = hours
      .map((ms) => household.energyKwhBetween(new Date(ms), new Date(ms + 3_600_000)).totalKwh)
      .reduce((left, right) => left + right, 0);
    expect(across.totalKwh).toBeCloseTo(sum, 9);
    expect(() => createHousehold({ seed: 1, timeZone: 'Mars/Olympus' })).toThrow(RangeError);
  });

  it('keeps the battery charge continuous, within bounds and short of its losses', () => {
    let before = full.powerAt(after(0)).batteryStateOfChargePercent ?? Number.NaN;
    for (let second = 60; second <= 8 * 86_400; second += 60) {
      const at = new Date(weekStart.getTime() + second * 1000);
      const charge = full.powerAt(at).batteryStateOfChargePercent ?? Number.NaN;
      expect(charge).toBeGreaterThanOrEqual(0);
      expect(charge).toBeLessThanOrEqual(100);
      // 450 W per kWh of capacity is at most 0.8 % of it in a minute.
      expect(Math.abs(charge - before)).toBeLessThan(0.85);
      before = charge;
    }
    const week = full.energyKwhBetween(after(7), after(14));
    expect(week.batteryDischargeKwh).toBeGreaterThan(0);
    expect(week.batteryChargeKwh).toBeGreaterThan(week.batteryDischargeKwh ?? 0);
  });

  it('is a living home: plausible size, nights below evenings, winter sun below summer sun', () => {
    for (let seed = 0; seed < 3; seed += 1) {
      const household = createHousehold({ seed, solar: true });
      const month = household.energyKwhBetween(after(0), after(30));
      expect(month.totalKwh).toBeGreaterThan(150);
      expect(month.totalKwh).toBeLessThan(900);
      const night = household.energyKwhBetween(new Date('2026-11-17T23:50Z'), new Date('2026-11-18T01:50Z'));
      const evening = household.energyKwhBetween(
        new Date('2026-11-18T17:00Z'),
        new Date('2026-11-18T19:00Z'),
      );
      expect(night.totalKwh).toBeLessThan(evening.totalKwh);
      const summer = household.energyKwhBetween(new Date('2026-06-01'), new Date('2026-06-15'));
      const winter = household.energyKwhBetween(new Date('2026-12-01'), new Date('2026-12-15'));
      expect(summer.solarKwh).toBeGreaterThan(2 * (winter.solarKwh ?? 0));
      expect(household.powerAt(new Date('2026-11-18T23:00Z')).solarPowerW).toBe(0);
    }
  });

  it('lets an option add its own appliance and change nothing else', () => {
    const plain = createHousehold({ seed: 9 });
    const withCar = createHousehold({ seed: 9, ev: true, solar: true });
    const at = new Date('2026-11-18T18:30:00Z');
    for (const [id, powerW] of plain.powerAt(at).circuits) {
      if (id !== 'other') expect(withCar.powerAt(at).circuits.get(id)).toBe(powerW);
    }
    expect(plain.powerAt(at)).toMatchObject({ solarPowerW: null, batteryPowerW: null });
  });
});

describe('eventsBetween', () => {
  const options: HouseholdOptions = { seed: 'events', heatPump: true, ev: true };
  const household = createHousehold(options);

  it('is the same in one piece and in slices', () => {
    const whole = household.eventsBetween(after(0), after(3)).map(eventText);
    const sliced = Array.from({ length: 72 }, (_, hour) =>
      household.eventsBetween(after(hour / 24), after((hour + 1) / 24)),
    );
    expect(sliced.flat().map(eventText)).toEqual(whole);
    expect(whole.length).toBeGreaterThan(100);
  });

  it('chains the states of every entity, day after day', () => {
    const states = new Map<string, string>();
    for (const { entityId, state } of household.entityStatesAt(after(0))) states.set(entityId, state);
    const known = new Set(household.entities.map(({ entityId }) => entityId));
    for (const event of household.eventsBetween(new Date(after(0).getTime() + 1), after(14))) {
      expect(known).toContain(event.entityId);
      expect(event.previousState).toBe(states.get(event.entityId));
      states.set(event.entityId, event.state);
    }
    const later = household.entityStatesAt(after(14)).map(({ entityId, state }) => [entityId, state]);
    expect(new Map(later as [string, string][])).toEqual(states);
  });

  it('tells the truth: the power of the circuit moves by the delta at the transition', () => {
    const caused = household
      .eventsBetween(after(0), after(7))
      .filter(({ truth }) => truth.circuitId !== null);
    const steady = caused.filter(({ domain }) => domain === 'light');
    for (const { truth } of steady) {
      const circuitId = truth.circuitId ?? '';
      const powerAt = (offsetMs: number): number =>
        household.powerAt(new Date(truth.transitionAt.getTime() + offsetMs)).circuits.get(circuitId) ??
        Number.NaN;
      expect(powerAt(0) - powerAt(-1000)).toBeCloseTo(truth.powerDeltaW, 6);
    }
    expect(steady.length).toBeGreaterThan(50);
    const ramps = caused.filter(({ entityId, state, previousState }) => {
      return entityId === 'climate.heat_pump' && state === 'heat' && previousState === 'off';
    });
    expect(ramps.length).toBeGreaterThan(0);
    for (const { truth } of ramps) expect(truth.settledPowerDeltaW).toBeGreaterThan(truth.powerDeltaW + 200);
  });

  it('mixes in innocent events, as many as asked for', () => {
    const ratios = [0, 1, 3].map((distractorRatio) => {
      const events = createHousehold({ ...options, distractorRatio }).eventsBetween(after(0), after(7));
      const innocent = events.filter(({ truth }) => truth.circuitId === null).length;
      return innocent / (events.length - innocent);
    });
    expect(ratios[0]).toBe(0);
    expect(ratios[1]).toBeGreaterThan(0.8);
    expect(ratios[2]).toBeGreaterThan(2.4);
  });

  it('has attribute-only updates, dimming among them, and bounded latencies', () => {
    const slow = createHousehold({ ...options, eventLatencyScale: 3 });
    const latencies = (home: Household): number[] =>
      home
        .eventsBetween(after(0), after(7))
        .map(({ at, truth }) => at.getTime() - truth.transitionAt.getTime());
    expect(Math.max(...latencies(household))).toBeLessThanOrEqual(15_000);
    expect(Math.max(...latencies(slow))).toBeGreaterThan(15_000);
    const updates = household
      .eventsBetween(after(0), after(14))
      .filter(({ state, previousState }) => state === previousState);
    const dimming = updates.filter(({ domain, truth }) => domain === 'light' && truth.circuitId !== null);
    expect(dimming.length).toBeGreaterThan(0);
    expect(updates.length).toBeGreaterThan(dimming.length);
  });

  it('hides loads but never lamps', () => {
    const hiding = createHousehold({ ...options, hiddenLoadShare: 1 });
    const domains = new Set(
      hiding.entities.filter(({ circuitId }) => circuitId !== null).map(({ domain }) => domain),
    );
    expect([...domains]).toEqual(['light']);
    expect(hiding.powerAt(after(0.5)).totalPowerW).toBe(household.powerAt(after(0.5)).totalPowerW);
  });
});
