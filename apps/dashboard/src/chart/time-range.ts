/** Seconds since 1970. */
export interface TimeRange {
  from: number;
  to: number;
}

const SHORTEST_S = 60;

/** The range moved by so many seconds, as far as the bounds let it. */
export function panned(range: TimeRange, byS: number, bounds: TimeRange): TimeRange {
  const by = Math.max(bounds.from - range.from, Math.min(bounds.to - range.to, byS));
  return { from: range.from + by, to: range.to + by };
}

/** The range made shorter (factor below 1) or longer around an instant that stays where it is. */
export function zoomed(range: TimeRange, factor: number, around: number, bounds: TimeRange): TimeRange {
  const lengthS = Math.min(
    bounds.to - bounds.from,
    Math.max(Math.min(SHORTEST_S, bounds.to - bounds.from), (range.to - range.from) * factor),
  );
  const share = (around - range.from) / (range.to - range.from);
  const from = around - share * lengthS;
  return panned({ from, to: from + lengthS }, 0, bounds);
}

/** Index of the instant that is nearest; −1 where there are none. */
export function nearestIndex(times: readonly number[], at: number): number {
  let low = 0;
  let high = times.length - 1;
  if (high < 0) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= at) low = middle;
    else high = middle;
  }
  return at - (times[low] ?? 0) <= (times[high] ?? 0) - at ? low : high;
}
