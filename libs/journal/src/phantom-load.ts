import { DateTime } from 'luxon';
import { Period } from './sample-reader';

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
 * @param stepsOf roll-ups of the home's power in a period, W; a negative mean, which is export, says nothing
 */
export function phantomLoad(
  period: Period,
  timeZone: string,
  stepsOf: (night: Period) => readonly { mean: number }[],
): PhantomLoad {
  const lows: number[] = [];
  for (const night of nightsOf(period, timeZone)) {
    const powers = stepsOf(night).flatMap(({ mean }) => (mean < 0 ? [] : [mean]));
    if (powers.length >= FEWEST_STEPS_PER_NIGHT) lows.push(quantile(powers, QUANTILE));
  }
  return { powerW: lows.length < FEWEST_NIGHTS ? null : quantile(lows, 0.5), nights: lows.length };
}

/** The small hours of every local day, as far as they are in the period. */
function* nightsOf({ from, to }: Period, timeZone: string): Generator<Period, void, undefined> {
  let day = DateTime.fromJSDate(from, { zone: timeZone }).startOf('day');
  for (; day.toMillis() < to.getTime(); day = day.plus({ days: 1 })) {
    const startMs = Math.max(from.getTime(), day.set({ hour: NIGHT_FROM_HOUR }).toMillis());
    const endMs = Math.min(to.getTime(), day.set({ hour: NIGHT_TO_HOUR }).toMillis());
    if (startMs < endMs) yield { from: new Date(startMs), to: new Date(endMs) };
  }
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(q * (sorted.length - 1))] ?? 0;
}
