import { TimeRange } from '@smart-meter/meter-adapter';

/** Half-open, in ms: `from` excluded, `to` included. */
export interface Interval {
  fromMs: number;
  toMs: number;
}

/** The parts of the range that no interval covers, oldest first. */
export function uncovered(range: Interval, covered: readonly Interval[]): Interval[] {
  const gaps: Interval[] = [];
  let reachedMs = range.fromMs;
  for (const { fromMs, toMs } of covered.toSorted((a, b) => a.fromMs - b.fromMs)) {
    if (fromMs > reachedMs) gaps.push({ fromMs: reachedMs, toMs: Math.min(fromMs, range.toMs) });
    reachedMs = Math.max(reachedMs, toMs);
    if (reachedMs >= range.toMs) break;
  }
  if (reachedMs < range.toMs) gaps.push({ fromMs: reachedMs, toMs: range.toMs });
  return gaps;
}

export function overlaps(a: Interval, b: Interval): boolean {
  return a.fromMs < b.toMs && b.fromMs < a.toMs;
}

export function toTimeRange({ fromMs, toMs }: Interval): TimeRange {
  return { from: new Date(fromMs), to: new Date(toMs) };
}
