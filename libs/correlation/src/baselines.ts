/** Samples of one channel in time order. */
export interface SampleSeries {
  readonly atMs: ArrayLike<number>;
  readonly powerW: ArrayLike<number>;
}

/** What a plain before/after comparison finds. */
export interface BeforeAfter {
  beforeW: number;
  afterW: number;
  deltaW: number;
}

/**
 * Difference of the samples nearest to `halfWindowMs` before and after the event. null when either is further
 * than `maxDistanceMs` away.
 */
export function nearestDifference(
  series: SampleSeries,
  atMs: number,
  halfWindowMs = 5000,
  maxDistanceMs = 30_000,
): BeforeAfter | null {
  const beforeW = nearest(series, atMs - halfWindowMs, maxDistanceMs);
  const afterW = nearest(series, atMs + halfWindowMs, maxDistanceMs);
  return beforeW === null || afterW === null ? null : { beforeW, afterW, deltaW: afterW - beforeW };
}

/** Difference of the means over the `windowMs` before and after the event; null when either has no sample. */
export function windowDifference(series: SampleSeries, atMs: number, windowMs = 10_000): BeforeAfter | null {
  const beforeW = meanBetween(series, atMs - windowMs, atMs);
  const afterW = meanBetween(series, atMs, atMs + windowMs);
  return beforeW === null || afterW === null ? null : { beforeW, afterW, deltaW: afterW - beforeW };
}

function firstAtOrAfter({ atMs }: SampleSeries, instantMs: number): number {
  let low = 0;
  let high = atMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((atMs[middle] as number) < instantMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function nearest(series: SampleSeries, instantMs: number, maxDistanceMs: number): number | null {
  const next = firstAtOrAfter(series, instantMs);
  let best: number | null = null;
  let distance = maxDistanceMs;
  for (const i of [next - 1, next]) {
    const stamp = series.atMs[i];
    if (stamp === undefined || Math.abs(stamp - instantMs) > distance) continue;
    distance = Math.abs(stamp - instantMs);
    best = series.powerW[i] as number;
  }
  return best;
}

function meanBetween(series: SampleSeries, fromMs: number, toMs: number): number | null {
  let sum = 0;
  let count = 0;
  for (
    let i = firstAtOrAfter(series, fromMs);
    i < series.atMs.length && (series.atMs[i] as number) < toMs;
    i++
  ) {
    sum += series.powerW[i] as number;
    count++;
  }
  return count === 0 ? null : sum / count;
}
