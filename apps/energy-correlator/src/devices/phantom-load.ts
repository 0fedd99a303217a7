import { DateTime } from 'luxon';
import { costOf, Tariff } from './tariff';

/** The mean power of some minutes. */
export interface PowerStep {
  startMs: number;
  mean: number;
}

export interface PhantomLoad {
  /** W; null with too few nights. */
  powerW: number | null;
  nights: number;
}

const NIGHT_FROM_HOUR = 1;
const NIGHT_TO_HOUR = 5;
const FEWEST_STEPS_PER_NIGHT = 12;
const FEWEST_NIGHTS = 3;
/** Low, but not the lowest: a fridge rests now and then, and no moment is typical. */
const QUANTILE = 0.1;
const WEEK_MS = 7 * 86_400_000;
const WEEKS_PER_YEAR = 365.25 / 7;

/**
 * What the home draws when nobody uses anything: of each night's 5-minute means a low quantile, and the median of
 * the nights.
 */
export function phantomLoad(steps: readonly PowerStep[], timeZone: string): PhantomLoad {
  const byNight = new Map<string, number[]>();
  for (const { startMs, mean } of steps) {
    const local = DateTime.fromMillis(startMs, { zone: timeZone });
    if (local.hour < NIGHT_FROM_HOUR || local.hour >= NIGHT_TO_HOUR || mean < 0) continue;
    const night = local.toISODate() ?? '';
    const powers = byNight.get(night);
    if (powers) powers.push(mean);
    else byNight.set(night, [mean]);
  }
  const lows = [...byNight.values()]
    .filter((powers) => powers.length >= FEWEST_STEPS_PER_NIGHT)
    .map((powers) => quantile(powers, QUANTILE));
  return { powerW: lows.length < FEWEST_NIGHTS ? null : quantile(lows, 0.5), nights: lows.length };
}

/** What so much power costs in a year, at the prices of a week. */
export function yearlyCost(tariff: Tariff, powerW: number, nowMs: number): number {
  return costOf(tariff, nowMs, nowMs + WEEK_MS, powerW) * WEEKS_PER_YEAR;
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(q * (sorted.length - 1))] ?? 0;
}
