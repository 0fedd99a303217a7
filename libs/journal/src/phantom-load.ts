import { DateTime } from 'luxon';

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

/**
 * What the home draws when nobody uses anything: of each night's 5-minute means a low quantile, and the median of
 * the nights, so that one night of cooking or one of an outage does not count.
 * @param steps roll-ups of the home's power, W; a negative mean, which is export, says nothing
 */
export function phantomLoad(
  steps: readonly { startMs: number; mean: number }[],
  timeZone: string,
): PhantomLoad {
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

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(q * (sorted.length - 1))] ?? 0;
}
