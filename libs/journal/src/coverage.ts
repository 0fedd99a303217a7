/** A raw sample as the roll-ups see it; sorted by time where there are several. */
export interface TimedValue {
  atMs: number;
  /** 0 = in force from `atMs` on; else the mean over this long up to `atMs`. */
  averagedOverMs: number;
  value: number | null;
}

/** A stretch over which one value holds; `startMs` included, `endMs` excluded. */
export interface Segment {
  startMs: number;
  endMs: number;
  value: number;
}

/**
 * Which value holds when: disjoint stretches, oldest first; what is in none of them is unknown.
 * An average holds over its interval, the shortest where several overlap. An instantaneous value holds where
 * no average speaks: until the next sample, whatever it says, and for `holdMs` at most.
 * @param untilMs nothing is known from here on
 */
export function coverage(samples: readonly TimedValue[], holdMs: number, untilMs: number): Segment[] {
  const averages = samples.filter(({ averagedOverMs }) => averagedOverMs > 0);
  const instants = heldInstants(samples, averages, holdMs, untilMs);
  if (averages.length === 0) return instants;
  const lengthsMs = [...new Set(averages.map(({ averagedOverMs }) => averagedOverMs))].sort((a, b) => a - b);
  let segments: Segment[] = [];
  for (const lengthMs of lengthsMs) {
    const ofLength = averages.filter(({ averagedOverMs }) => averagedOverMs === lengthMs);
    segments = overlay(segments, averagedSegments(ofLength, untilMs));
  }
  return overlay(segments, instants);
}

function heldInstants(
  samples: readonly TimedValue[],
  averages: readonly TimedValue[],
  holdMs: number,
  untilMs: number,
): Segment[] {
  // Every sample ends what was held before: an instant at its time, an average at both its ends.
  const cutsMs = samples.map(({ atMs }) => atMs);
  if (averages.length > 0) {
    for (const { atMs, averagedOverMs } of averages) cutsMs.push(atMs - averagedOverMs);
    cutsMs.sort((a, b) => a - b);
  }
  const segments: Segment[] = [];
  let next = 0;
  for (const { atMs, averagedOverMs, value } of samples) {
    if (averagedOverMs > 0 || value === null) continue;
    while (next < cutsMs.length && (cutsMs[next] ?? Infinity) <= atMs) next += 1;
    const endMs = Math.min(cutsMs[next] ?? Infinity, atMs + holdMs, untilMs);
    if (endMs > atMs) segments.push({ startMs: atMs, endMs, value });
  }
  return segments;
}

/** Averages of one length; where two overlap, the earlier one keeps its interval. */
function averagedSegments(averages: readonly TimedValue[], untilMs: number): Segment[] {
  const segments: Segment[] = [];
  let lastEndMs = -Infinity;
  for (const { atMs, averagedOverMs, value } of averages) {
    if (value === null) continue;
    const startMs = Math.max(atMs - averagedOverMs, lastEndMs);
    const endMs = Math.min(atMs, untilMs);
    if (endMs <= startMs) continue;
    segments.push({ startMs, endMs, value });
    lastEndMs = endMs;
  }
  return segments;
}

/** The upper segments, and of the lower ones what they leave open. */
function overlay(upper: readonly Segment[], lower: readonly Segment[]): Segment[] {
  const result = [...upper];
  let first = 0;
  for (const { startMs, endMs, value } of lower) {
    while (first < upper.length && (upper[first]?.endMs ?? Infinity) <= startMs) first += 1;
    let fromMs = startMs;
    for (let i = first; fromMs < endMs; i += 1) {
      const above = upper[i];
      const openUntilMs = Math.min(endMs, above?.startMs ?? Infinity);
      if (openUntilMs > fromMs) result.push({ startMs: fromMs, endMs: openUntilMs, value });
      if (above === undefined) break;
      fromMs = Math.max(fromMs, above.endMs);
    }
  }
  return result.sort((a, b) => a.startMs - b.startMs);
}
