import { phantomLoad } from './phantom-load';

const STEP_MS = 5 * 60_000;
const HOUR_MS = 3_600_000;
const ZONE = 'Europe/Berlin';
/** Local midnight in January. */
const midnight = (day: number) => Date.UTC(2026, 0, day, -1);

/** 5-minute means of so many hours from an hour of the night on. */
function night(day: number, powerW: (step: number) => number, { fromHour = 1, hours = 4 } = {}) {
  return Array.from({ length: (hours * HOUR_MS) / STEP_MS }, (_, step) => ({
    startMs: midnight(day) + fromHour * HOUR_MS + step * STEP_MS,
    mean: powerW(step),
  }));
}

/** Of a period with all of these steps. */
function loadOf(steps: readonly { startMs: number; mean: number }[]) {
  const period = { from: new Date(midnight(1)), to: new Date(midnight(6)) };
  return phantomLoad(period, ZONE, ({ from, to }) =>
    steps.filter(({ startMs }) => startMs >= from.getTime() && startMs < to.getTime()),
  );
}

describe('phantomLoad', () => {
  it('is what a night is seldom below, whatever one odd night was', () => {
    const fridge = (step: number) => (step % 3 === 0 ? 180 : 80);
    const steps = [...night(1, fridge), ...night(2, fridge), ...night(3, () => 2_000), ...night(4, fridge)];
    expect(loadOf(steps)).toEqual({ powerW: 80, nights: 4 });
  });

  it('is unknown before there are three nights of an hour each', () => {
    const steps = [...night(1, () => 80), ...night(2, () => 80)];
    expect(loadOf(steps)).toEqual({ powerW: null, nights: 2 });
    const short = night(3, () => 80, { hours: 0.75 });
    expect(loadOf([...steps, ...short])).toEqual({ powerW: null, nights: 2 });
  });

  it('looks at the small hours of the home alone, and not at export', () => {
    const steps = [1, 2, 3].flatMap((day) => [
      ...night(day, () => 10, { fromHour: 5, hours: 15 }),
      ...night(day, (step) => (step % 2 === 0 ? -500 : 90)),
    ]);
    expect(loadOf(steps)).toEqual({ powerW: 90, nights: 3 });
  });

  it('asks for the hours of each night by the clock on the wall, within the period', () => {
    const asked: string[] = [];
    // The clocks go forward in the last of these nights.
    const period = { from: new Date('2026-03-27T02:00:00Z'), to: new Date('2026-03-29T12:00:00Z') };
    phantomLoad(period, ZONE, ({ from, to }) => {
      asked.push(`${from.toISOString()} ${to.toISOString()}`);
      return [];
    });
    expect(asked).toEqual([
      '2026-03-27T02:00:00.000Z 2026-03-27T04:00:00.000Z',
      '2026-03-28T00:00:00.000Z 2026-03-28T04:00:00.000Z',
      '2026-03-29T00:00:00.000Z 2026-03-29T03:00:00.000Z',
    ]);
  });
});
