import * as fc from 'fast-check';
import { finiteOrNull, meanPowerW, toKwh, toWatts, sumOrNull } from './units';

describe('units', () => {
  it.each([
    [1500, 'mW', 1.5],
    [1.5, 'kW', 1500],
    [2, 'MW', 2e6],
    [-0.25, 'kW', -250],
    [1, 'TW', 1e12],
    [1, 'BTU/h', 0.29307107],
  ])('%d %s is %d W', (value, unit, watts) => {
    expect(toWatts(value, unit)).toBeCloseTo(watts, 9);
  });

  it.each(['VA', 'kVA', 'var', 'kvar', 'w', 'KW', 'watts', 'Wh', '', 'toString'])(
    '%p is no power',
    (unit) => {
      expect(toWatts(1, unit)).toBeNull();
    },
  );

  it.each([
    [1000, 'Wh', 1],
    [3.6, 'MJ', 1],
    [3600, 'kJ', 1],
    [0.0036, 'GJ', 1],
    [860.42065, 'kcal', 1],
    [1, 'MWh', 1000],
    [1e6, 'mWh', 1],
  ])('%d %s is %d kWh', (value, unit, kwh) => {
    expect(toKwh(value, unit)).toBeCloseTo(kwh, 6);
  });

  it.each(['VAh', 'varh', 'W', 'kwh', ''])('%p is no energy', (unit) => {
    expect(toKwh(1, unit)).toBeNull();
  });

  it('turns no number into an infinity', () => {
    fc.assert(
      fc.property(fc.double(), fc.constantFrom('W', 'TW', 'mW'), (value, unit) => {
        const watts = toWatts(value, unit);
        expect(watts === null || Number.isFinite(watts)).toBe(true);
      }),
    );
    expect(finiteOrNull(Number.NaN)).toBeNull();
  });

  it('gives the mean power of an interval', () => {
    expect(meanPowerW(0.1, 60)).toBe(6000);
    expect(meanPowerW(-1, 3600)).toBe(-1000);
  });
});

describe('sums', () => {
  it('are unknown as soon as one part is', () => {
    expect(sumOrNull([1, -3, 0])).toBe(-2);
    expect(sumOrNull([])).toBe(0);
    expect(sumOrNull([1, null])).toBeNull();
    expect(sumOrNull([undefined, 1])).toBeNull();
  });
});
