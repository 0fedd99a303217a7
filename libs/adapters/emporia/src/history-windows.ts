import { HistoryLimit, TimeRange } from '@smart-meter/meter-adapter';
import { Scale } from './dialect';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

interface ScaleLimits {
  scale: Scale;
  bucketMs: number;
  /** The longest that one request may ask for; more is refused. */
  windowMs: number;
  /** null = for ever. */
  keptForMs: number | null;
}

/** Finest first. */
export const CHART_SCALES: readonly ScaleLimits[] = [
  { scale: '1MIN', bucketMs: MINUTE_MS, windowMs: 12 * HOUR_MS, keptForMs: 7 * DAY_MS },
  { scale: '15MIN', bucketMs: 15 * MINUTE_MS, windowMs: 7 * DAY_MS, keptForMs: 365 * DAY_MS },
  // A day less than what Emporia takes: the bounds are rounded outwards.
  { scale: '1H', bucketMs: HOUR_MS, windowMs: 31 * DAY_MS, keptForMs: null },
];

export const HISTORY_LIMITS: readonly HistoryLimit[] = CHART_SCALES.map(({ bucketMs, keptForMs }) => ({
  resolutionS: bucketMs / 1000,
  keptForMs,
}));

/** A part of the asked range that one request per channel can fill. */
export interface HistoryWindow {
  range: TimeRange;
  scale: Scale;
  bucketMs: number;
}

/** The next window from an instant on: the finest scale that still reaches back to it. */
export function nextWindow(from: Date, to: Date, now: Date): HistoryWindow {
  const fromMs = from.getTime();
  let endMs = to.getTime();
  for (const { scale, bucketMs, windowMs, keptForMs } of CHART_SCALES) {
    // An hour of margin, so that nothing expires between the plan and the request.
    const reachesBackToMs =
      keptForMs === null ? -Infinity : ceil(now.getTime() - keptForMs + HOUR_MS, HOUR_MS);
    if (fromMs < reachesBackToMs) {
      endMs = Math.min(endMs, reachesBackToMs);
      continue;
    }
    const windowEndMs = floor(fromMs, bucketMs) + windowMs;
    return { range: { from, to: new Date(Math.min(endMs, windowEndMs)) }, scale, bucketMs };
  }
  throw new RangeError('the coarsest scale reaches back for ever');
}

export const floor = (ms: number, stepMs: number): number => Math.floor(ms / stepMs) * stepMs;
export const ceil = (ms: number, stepMs: number): number => Math.ceil(ms / stepMs) * stepMs;
