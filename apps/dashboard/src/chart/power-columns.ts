import { ReadingAnswer } from '../api/answers';

export const POWER_SERIES = ['home', 'grid', 'solar', 'battery'] as const;
export type PowerSeries = (typeof POWER_SERIES)[number];

/** W; null where it is unknown. */
export type Cell = number | null;

/** Powers over time, a column per series, ready to be drawn. */
export interface PowerColumns {
  /** Seconds since 1970, rising. */
  times: number[];
  powers: Record<PowerSeries, Cell[]>;
  /** The lowest and the highest of the home in each step; empty for single readings. */
  homeMin: Cell[];
  homeMax: Cell[];
}

export interface Step {
  startMs: number;
  series: string;
  mean: number;
  min: number;
  max: number;
}

/** A value counts as still true for this long when no other follows; the service's own rule. */
export const HOLD_S = 600;

/** In shorter steps the lowest and the highest say little, and cost a third of the drawing. */
const SPREAD_FROM_S = 300;

export const emptyColumns = (): PowerColumns => ({
  times: [],
  powers: { home: [], grid: [], solar: [], battery: [] },
  homeMin: [],
  homeMax: [],
});

export function isPowerSeries(name: string): name is PowerSeries {
  return (POWER_SERIES as readonly string[]).includes(name);
}

/** Series of which there is at least one value. */
export function seriesIn({ powers }: PowerColumns): PowerSeries[] {
  return POWER_SERIES.filter((series) => powers[series].some((value) => typeof value === 'number'));
}

/**
 * Means of equal steps as columns, each at the middle of its step.
 * Where steps are missing the line breaks: nothing is known there, and nothing is drawn.
 * @param holdS how long a value counts that no other follows; 0 where the steps know that themselves
 */
export function columnsOfSteps(steps: readonly Step[], stepS: number, holdS: number): PowerColumns {
  const atTime = new Map<number, Partial<Record<PowerSeries, Step>>>();
  for (const step of steps) {
    if (!isPowerSeries(step.series)) continue;
    const time = step.startMs / 1000 + stepS / 2;
    const found = atTime.get(time);
    if (found) found[step.series] = step;
    else atTime.set(time, { [step.series]: step });
  }
  const columns = emptyColumns();
  const known: Partial<Record<PowerSeries, { time: number; value: number }>> = {};
  let lastTime: number | undefined;
  for (const time of [...atTime.keys()].sort((a, b) => a - b)) {
    if (lastTime !== undefined && time - lastTime > Math.max(holdS, 1.5 * stepS)) {
      addBreak(columns, lastTime + stepS);
    }
    const step = atTime.get(time);
    columns.times.push(time);
    for (const series of POWER_SERIES) {
      const value = step?.[series]?.mean;
      if (value !== undefined) known[series] = { time, value };
      const held = known[series];
      columns.powers[series].push(held && time - held.time <= holdS ? held.value : (value ?? null));
    }
    if (stepS >= SPREAD_FROM_S) {
      columns.homeMin.push(step?.home?.min ?? null);
      columns.homeMax.push(step?.home?.max ?? null);
    }
    lastTime = time;
  }
  return columns;
}

/** Takes a single reading in at the end; what comes late or speaks of no power is passed over. */
export function addReading(columns: PowerColumns, reading: ReadingAnswer): boolean {
  const said: Record<PowerSeries, Cell | undefined> = {
    home: reading.total_power_w,
    grid: reading.grid_power_w,
    solar: reading.solar_power_w,
    battery: reading.battery_power_w,
  };
  const time = Date.parse(reading.timestamp) / 1000;
  const lastTime = columns.times.at(-1);
  if (POWER_SERIES.every((series) => said[series] === undefined)) return false;
  if (lastTime !== undefined && time < lastTime) return false;
  if (time === lastTime) {
    const last = columns.times.length - 1;
    for (const series of POWER_SERIES) {
      const value = said[series];
      if (value !== undefined) columns.powers[series][last] = value;
    }
    return true;
  }
  if (lastTime !== undefined && time - lastTime > HOLD_S) addBreak(columns, lastTime + HOLD_S);
  columns.times.push(time);
  for (const series of POWER_SERIES) {
    const value = said[series];
    // What a reading does not speak of has not changed.
    columns.powers[series].push(value === undefined ? (columns.powers[series].at(-1) ?? null) : value);
  }
  return true;
}

/** The columns with the last values held until an instant, as far as a value counts. */
export function heldUntil(columns: PowerColumns, until: number): PowerColumns {
  const last = columns.times.at(-1);
  if (last === undefined || last >= until || until - last > HOLD_S) return columns;
  const { powers } = columns;
  const held = (cells: readonly Cell[]) => [...cells, cells.at(-1) ?? null];
  return {
    times: [...columns.times, until],
    powers: {
      home: held(powers.home),
      grid: held(powers.grid),
      solar: held(powers.solar),
      battery: held(powers.battery),
    },
    homeMin: columns.homeMin.length === 0 ? [] : held(columns.homeMin),
    homeMax: columns.homeMax.length === 0 ? [] : held(columns.homeMax),
  };
}

/** Lets go of what is older, so that a page that stays open does not grow. */
export function forgetBefore(columns: PowerColumns, time: number): void {
  const kept = columns.times.findIndex((at) => at >= time);
  if (kept <= 0) return;
  columns.times.splice(0, kept);
  for (const series of POWER_SERIES) columns.powers[series].splice(0, kept);
  columns.homeMin.splice(0, kept);
  columns.homeMax.splice(0, kept);
}

function addBreak(columns: PowerColumns, time: number): void {
  columns.times.push(time);
  for (const series of POWER_SERIES) columns.powers[series].push(null);
  if (columns.homeMin.length > 0) {
    columns.homeMin.push(null);
    columns.homeMax.push(null);
  }
}
