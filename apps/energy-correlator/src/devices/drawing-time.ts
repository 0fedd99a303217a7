import { Segment } from './on-time';

/** The home's power over a stretch of time, oldest first; null = unknown. */
export type PowerTrace = (fromMs: number, toMs: number) => readonly { atMs: number; powerW: number | null }[];

/** A smaller load drowns in what else the home does. */
const SMALLEST_W = 300;
/** Shorter stretches have no cycles worth looking for. */
const SHORTEST_MS = 2 * 60_000;
/** A value holds until the next, at most this long, ms. */
const HOLD_MS = 10 * 60_000;

/**
 * For how much of a stretch a load that switches by itself can have drawn its power: the share of the time in which
 * the home drew at least half of it more than before or after the load was on. 1 where that cannot be told.
 */
export function drawingShare(
  { fromMs, toMs, began, ended }: Segment,
  powerW: number,
  trace: PowerTrace,
): number {
  if (powerW < SMALLEST_W || toMs - fromMs < SHORTEST_MS || began.beforeW === null) return 1;
  // Another load may have gone off in between.
  const withoutW = Math.min(began.beforeW, ended?.afterW ?? Infinity);
  let drawnMs = 0;
  let knownMs = 0;
  const samples = trace(fromMs, toMs);
  samples.forEach(({ atMs, powerW: homeW }, index) => {
    if (homeW === null) return;
    const lastsMs = Math.min(HOLD_MS, (samples[index + 1]?.atMs ?? toMs) - atMs);
    knownMs += lastsMs;
    if (homeW >= withoutW + powerW / 2) drawnMs += lastsMs;
  });
  return knownMs < (toMs - fromMs) / 2 ? 1 : drawnMs / knownMs;
}
