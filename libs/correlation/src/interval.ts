import { upperMedian } from './median';
import { SampleBuffer } from './sample-buffer';

/** Up to here a meter is fast: it reports several times while a load settles. */
const FAST_INTERVAL_S = 12;
const USUAL_INTERVAL_SAMPLES = 16;
/** Assumed before a meter has been heard. */
const UNHEARD_INTERVAL_S = 10;

export function isFast(intervalS: number): boolean {
  return intervalS <= FAST_INTERVAL_S;
}

const gaps = new Float64Array(USUAL_INTERVAL_SAMPLES);

/** The interval between samples around an instant, s: the declared averaging, or the median gap. */
export function usualIntervalS(buffer: SampleBuffer, atMs: number): number {
  const to = Math.min(buffer.length, Math.max(buffer.firstAtOrAfter(atMs), USUAL_INTERVAL_SAMPLES));
  const first = Math.max(1, to - USUAL_INTERVAL_SAMPLES);
  if (to <= first) return UNHEARD_INTERVAL_S;
  const averagedOverS = buffer.averagedOverS(to - 1);
  if (averagedOverS > 0) return Math.max(0.2, averagedOverS);
  let count = 0;
  for (let i = first; i < to; i++) gaps[count++] = buffer.atMs(i) - buffer.atMs(i - 1);
  return Math.max(0.2, upperMedian(gaps, count) / 1000);
}
