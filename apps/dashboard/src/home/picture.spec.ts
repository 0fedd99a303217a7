import { ReadingAnswer } from '../api/answers';
import { pictureOf, withReading } from './picture';

const reading = (at: string, part: Partial<ReadingAnswer>): ReadingAnswer => ({
  timestamp: `2026-03-01T${at}Z`,
  averaged_over_s: 0,
  provenance: 'live',
  circuits: [],
  ...part,
});

const before = pictureOf(
  reading('10:00:00', {
    total_power_w: 500,
    daily_kwh: 3,
    grid_power_w: 500,
    circuits: [
      { id: 'a', name: 'A', power_w: 100, percentage: 20, daily_kwh: 1 },
      { id: 'b', name: 'B', power_w: 50, percentage: 10 },
    ],
  }),
);

describe('withReading', () => {
  it('changes what a pushed reading speaks of, and nothing else', () => {
    const push = reading('10:00:01', { circuits: [{ id: 'a', name: 'A', power_w: 120, percentage: 24 }] });
    const after = withReading(before, push);
    expect(after).toMatchObject({ totalPowerW: 500, dailyKwh: 3, gridPowerW: 500 });
    expect(after.circuits.map(({ id, powerW, dailyKwh }) => [id, powerW, dailyKwh])).toEqual([
      ['a', 120, 1],
      ['b', 50, null],
    ]);
  });

  it('takes an unknown value for what it is', () => {
    expect(withReading(before, reading('10:00:01', { total_power_w: null })).totalPowerW).toBeNull();
  });

  it('is not changed by an older reading', () => {
    expect(withReading(before, reading('09:59:59', { total_power_w: 1 }))).toBe(before);
  });

  it('tells a home without solar from one whose solar is unknown', () => {
    expect(before.solarPowerW).toBeUndefined();
    expect(withReading(before, reading('10:00:01', { solar_power_w: null })).solarPowerW).toBeNull();
  });
});
