import { Segment, TimedValue } from './coverage';

export const BUCKET_MS = 5 * 60_000;

export const bucketStart = (atMs: number): number => Math.floor(atMs / BUCKET_MS) * BUCKET_MS;

/** What is known of one series in one stretch of time. */
export interface Bucket {
  startMs: number;
  /** Known values of samples in the stretch. */
  sampleCount: number;
  /** For how long the value is known. */
  coveredMs: number;
  /** Over the covered time. */
  mean: number;
  min: number;
  max: number;
  /** Mean over the covered time of the value where it is below 0, and of 0 elsewhere. */
  negativeMean: number;
  /** The last known value, and when in the stretch it was. */
  lastValue: number | null;
  lastOffsetMs: number | null;
}

/** Sums up samples and what they cover in buckets of five minutes; only buckets with something in them. */
export function toBuckets(
  samples: readonly TimedValue[],
  segments: readonly Segment[],
  fromMs: number,
  toMs: number,
): Bucket[] {
  const buckets = new Map<number, Bucket>();
  const bucketAt = (atMs: number): Bucket => {
    const startMs = bucketStart(atMs);
    let bucket = buckets.get(startMs);
    if (bucket === undefined) {
      bucket = emptyBucket(startMs);
      buckets.set(startMs, bucket);
    }
    return bucket;
  };
  for (const { startMs, endMs, value } of segments) {
    const untilMs = Math.min(endMs, toMs);
    for (let atMs = Math.max(startMs, fromMs); atMs < untilMs;) {
      const bucket = bucketAt(atMs);
      const pieceEndMs = Math.min(untilMs, bucket.startMs + BUCKET_MS);
      const pieceMs = pieceEndMs - atMs;
      bucket.coveredMs += pieceMs;
      bucket.mean += value * pieceMs;
      if (value < 0) bucket.negativeMean += value * pieceMs;
      stretch(bucket, value);
      atMs = pieceEndMs;
    }
  }
  for (const { atMs, averagedOverMs, value } of samples) {
    // An average belongs to the bucket that it ends, an instant to the one that it starts.
    const belongsMs = averagedOverMs > 0 ? atMs - 1 : atMs;
    if (value === null || belongsMs < fromMs || belongsMs >= toMs) continue;
    const bucket = bucketAt(belongsMs);
    bucket.sampleCount += 1;
    bucket.lastValue = value;
    bucket.lastOffsetMs = atMs - bucket.startMs;
    if (averagedOverMs === 0 || bucket.coveredMs === 0) stretch(bucket, value);
  }
  return [...buckets.values()].sort((a, b) => a.startMs - b.startMs).map(sumsToMeans);
}

/** Several buckets as one that starts at `startMs`; undefined where there are none. */
export function combineBuckets(startMs: number, buckets: readonly Bucket[]): Bucket | undefined {
  if (buckets.length === 0) return undefined;
  const sum = emptyBucket(startMs);
  for (const bucket of buckets) {
    sum.sampleCount += bucket.sampleCount;
    sum.coveredMs += bucket.coveredMs;
    sum.mean += bucket.mean * bucket.coveredMs;
    sum.negativeMean += bucket.negativeMean * bucket.coveredMs;
    stretch(sum, bucket.min);
    stretch(sum, bucket.max);
    if (bucket.lastValue !== null && bucket.lastOffsetMs !== null) {
      sum.lastValue = bucket.lastValue;
      sum.lastOffsetMs = bucket.startMs + bucket.lastOffsetMs - startMs;
    }
  }
  return sumsToMeans(sum);
}

const emptyBucket = (startMs: number): Bucket => ({
  startMs,
  sampleCount: 0,
  coveredMs: 0,
  mean: 0,
  min: Infinity,
  max: -Infinity,
  negativeMean: 0,
  lastValue: null,
  lastOffsetMs: null,
});

function stretch(bucket: Bucket, value: number): void {
  if (value < bucket.min) bucket.min = value;
  if (value > bucket.max) bucket.max = value;
}

function sumsToMeans(bucket: Bucket): Bucket {
  if (bucket.coveredMs === 0) {
    return { ...bucket, mean: bucket.lastValue ?? bucket.min, negativeMean: 0 };
  }
  bucket.mean /= bucket.coveredMs;
  bucket.negativeMean /= bucket.coveredMs;
  return bucket;
}
