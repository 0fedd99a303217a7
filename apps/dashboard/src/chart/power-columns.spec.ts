import { ReadingAnswer } from '../api/answers';
import {
  addReading,
  columnsOfSteps,
  emptyColumns,
  forgetBefore,
  heldUntil,
  seriesIn,
  Step,
} from './power-columns';

const step = (startS: number, mean: number, series = 'home'): Step => ({
  startMs: startS * 1000,
  series,
  mean,
  min: mean - 1,
  max: mean + 1,
});

const reading = (atS: number, part: Partial<ReadingAnswer>): ReadingAnswer => ({
  timestamp: new Date(atS * 1000).toISOString(),
  averaged_over_s: 0,
  provenance: 'live',
  circuits: [],
  ...part,
});

describe('columnsOfSteps', () => {
  it('joins the series at the middle of each step', () => {
    const columns = columnsOfSteps(
      [step(0, 10), step(300, 20), step(0, 5, 'solar'), step(0, 1, 'daily_energy')],
      300,
      0,
    );
    expect(columns.times).toEqual([150, 450]);
    expect(columns.powers.home).toEqual([10, 20]);
    expect(columns.powers.solar).toEqual([5, null]);
    expect(columns.homeMax).toEqual([11, 21]);
    expect(seriesIn(columns)).toEqual(['home', 'solar']);
  });

  it('breaks the line where steps are missing instead of drawing through', () => {
    const { times, powers, homeMin } = columnsOfSteps([step(0, 10), step(900, 20)], 300, 0);
    expect(times).toEqual([150, 450, 1050]);
    expect(powers.home).toEqual([10, null, 20]);
    expect(homeMin).toEqual([9, null, 19]);
  });

  it('holds single samples as long as they count, each series by itself', () => {
    const steps = [step(0, 10), step(300, 5, 'grid'), step(600, 6, 'grid'), step(660, 7, 'grid')];
    const { times, powers } = columnsOfSteps(steps, 60, 600);
    expect(times).toEqual([30, 330, 630, 690]);
    expect(powers.home).toEqual([10, 10, 10, null]);
    expect(powers.grid).toEqual([null, 5, 6, 7]);
  });

  it('knows no lowest and highest of steps that are too short for them', () => {
    expect(columnsOfSteps([step(0, 10)], 60, 600).homeMin).toEqual([]);
  });
});

describe('addReading', () => {
  it('carries on what a reading does not speak of', () => {
    const columns = emptyColumns();
    addReading(columns, reading(0, { total_power_w: 100, solar_power_w: 50 }));
    addReading(columns, reading(1, { total_power_w: 110 }));
    addReading(columns, reading(2, { total_power_w: null }));
    addReading(columns, reading(3, { solar_power_w: 60 }));
    expect(columns.powers.home).toEqual([100, 110, null, null]);
    expect(columns.powers.solar).toEqual([50, 50, 50, 60]);
  });

  it('passes over what is late, and over what is only of circuits', () => {
    const columns = emptyColumns();
    addReading(columns, reading(10, { total_power_w: 100 }));
    expect(addReading(columns, reading(9, { total_power_w: 1 }))).toBe(false);
    expect(addReading(columns, reading(11, {}))).toBe(false);
    expect(columns.times).toEqual([10]);
  });

  it('puts readings of one instant together', () => {
    const columns = emptyColumns();
    addReading(columns, reading(10, { total_power_w: 100 }));
    addReading(columns, reading(10, { grid_power_w: 40 }));
    expect(columns.times).toEqual([10]);
    expect(columns.powers).toMatchObject({ home: [100], grid: [40] });
  });

  it('breaks after a silence that is longer than a value counts', () => {
    const columns = emptyColumns();
    addReading(columns, reading(0, { total_power_w: 100 }));
    addReading(columns, reading(2000, { total_power_w: 200 }));
    expect(columns.times).toEqual([0, 600, 2000]);
    expect(columns.powers.home).toEqual([100, null, 200]);
  });
});

describe('heldUntil', () => {
  const columns = emptyColumns();
  addReading(columns, reading(0, { total_power_w: 100 }));

  it('holds the last value until now', () => {
    expect(heldUntil(columns, 30)).toMatchObject({ times: [0, 30], powers: { home: [100, 100] } });
  });

  it('does not hold it for longer than it counts', () => {
    expect(heldUntil(columns, 700)).toBe(columns);
  });
});

it('forgets what is older', () => {
  const columns = emptyColumns();
  for (let atS = 0; atS < 10; atS += 1) addReading(columns, reading(atS, { total_power_w: atS }));
  forgetBefore(columns, 7);
  expect(columns.times).toEqual([7, 8, 9]);
  expect(columns.powers.home).toEqual([7, 8, 9]);
});
