import { median } from './median';
import { problemArrays } from './problem-arrays';
import { SampleBuffer } from './sample-buffer';
import { Shift, StepProblem } from './step-solver';
import { KnownEffect, Stretch, Unsolvable } from './stretch';

const BEFORE_S = 16;
/** An earlier plateau, from before even a late-stamped event changed the power. */
const EARLIER_S = 38;
const SETTLE_S = 8;
const AFTER_S = 28;
const GUARD_S = 1.5;
/** How far to look beyond the usual window when it holds no sample. */
const REACH_S = 60;
const MERGE_S = 6;
/** Events are stamped late more often than early. */
const LATE_SHARE = 0.3;
const LATE_S = 5;
const EARLY_SHARE = 0.3;
const EARLY_S = 1.5;
const LEVEL_FLOOR_W = 1.2;
const DRIFT_FLOOR_W = 2.5;
const DRIFT_SHARE = 0.004;

/** Plateaus between events, for meters that report several times within a plateau. */
export function plateauProblem(
  buffer: SampleBuffer,
  stretch: Stretch,
  solvedBefore: KnownEffect[],
): StepProblem | Unsolvable {
  const { eventsAtMs, previousEventAtMs, nextEventAtMs, intervalS } = stretch;
  const n = eventsAtMs.length;
  const levels: Level[] = [];
  const known: number[] = [];
  const first = eventsAtMs[0] as number;
  const floor = previousEventAtMs + 3000;
  const before =
    levelIn(buffer, Math.max(first - BEFORE_S * 1000, floor), first - GUARD_S * 1000) ??
    levelIn(buffer, Math.max(first - REACH_S * 1000, floor), first) ??
    levelIn(buffer, first - BEFORE_S * 1000, first - GUARD_S * 1000, solvedBefore);
  const earlier = levelIn(
    buffer,
    Math.max(first - EARLIER_S * 1000, floor),
    Math.max(first - BEFORE_S * 1000, floor),
  );
  if (before && earlier) {
    levels.push(earlier);
    known.push(0);
  }
  if (before) {
    levels.push(before);
    known.push(0);
  }
  for (let e = 1; e < n; e++) {
    const from = eventsAtMs[e - 1] as number;
    const to = eventsAtMs[e] as number;
    if (to - from < (intervalS + MERGE_S) * 1000) continue;
    const settle = Math.min(SETTLE_S * 1000, (to - from) * 0.45);
    const level = levelIn(buffer, from + settle, to - GUARD_S * 1000);
    if (!level) continue;
    levels.push(level);
    known.push(e);
  }
  const last = eventsAtMs[n - 1] as number;
  const ceiling = nextEventAtMs - 1000;
  const after =
    levelIn(buffer, last + SETTLE_S * 1000, Math.min(last + AFTER_S * 1000, ceiling)) ??
    levelIn(buffer, last + 2000, Math.min(last + REACH_S * 1000, ceiling));
  if (after) {
    levels.push(after);
    known.push(n);
  }
  if (!before || !after) {
    const crowded = first - previousEventAtMs < 10_000 || nextEventAtMs - last < 10_000;
    return crowded ? 'resolution_too_low' : 'no_samples';
  }
  return problemOf(levels, known, eventsAtMs);
}

interface Level {
  levelW: number;
  variance: number;
  /** Middle of the window. */
  atMs: number;
}

function problemOf(levels: Level[], known: number[], eventsAtMs: number[]): StepProblem {
  const n = eventsAtMs.length;
  const bins = levels.length;
  const { levelW, levelVariance, driftVariance, share, shareSd } = problemArrays(bins, bins * n);
  levels.forEach((level, k) => {
    levelW[k] = level.levelW;
    levelVariance[k] = level.variance;
    for (let e = 0; e < n; e++) {
      const sinceS = (level.atMs - (eventsAtMs[e] as number)) / 1000;
      const over = e < (known[k] as number);
      const doubt = over ? notYetProbability(sinceS) : alreadyProbability(-sinceS);
      share[k * n + e] = over ? 1 - doubt : doubt;
      shareSd[k * n + e] = Math.sqrt(doubt * (1 - doubt));
    }
    if (k === 0) return;
    const drift = DRIFT_FLOOR_W ** 2 + (DRIFT_SHARE * level.levelW) ** 2;
    driftVariance[k - 1] = drift;
  });
  return {
    eventCount: n,
    binCount: bins,
    levelW,
    levelVariance,
    driftVariance,
    share,
    shareSd,
    shifts: () => [lateShift(share.slice(0, bins * n), shareSd.slice(0, bins * n), known, n)],
  };
}

/** With an event stamped late, the plateau just before it already holds its effect. Changes the shares given. */
function lateShift(share: Float64Array, shareSd: Float64Array, known: number[], n: number): Shift {
  const differs = new Array<boolean>(n).fill(false);
  for (let e = 0; e < n; e++) {
    const before = known.findLastIndex((count) => count <= e);
    if (before < 1) continue;
    differs[e] = true;
    share[before * n + e] = 1;
    shareSd[before * n + e] = 0.03;
  }
  return { kind: 'late', share, shareSd, differs };
}

/** Probability that the power had already changed this long before its event was stamped. */
function alreadyProbability(aheadS: number): number {
  return aheadS > 6 ? 0 : LATE_SHARE * Math.exp(-aheadS / LATE_S);
}

/** Probability that the power had not yet changed this long after its event was stamped. */
function notYetProbability(sinceS: number): number {
  return sinceS > 7 ? 0 : EARLY_SHARE * Math.exp(-sinceS / EARLY_S);
}

const scratch: number[] = [];

const NONE: KnownEffect[] = [];

/** What events after an instant, solved already, have added since, W. */
function effectsSince(earlier: KnownEffect[], atMs: number): number {
  let sum = 0;
  for (let i = earlier.length - 1; i >= 0 && (earlier[i] as KnownEffect).atMs > atMs; i--) {
    sum += (earlier[i] as KnownEffect).effectW;
  }
  return sum;
}

/**
 * Median power of the samples that lie wholly in the window, and how well it is known; null without samples. With
 * `earlier` the samples are brought to the level after those events.
 */
function levelIn(
  buffer: SampleBuffer,
  fromMs: number,
  toMs: number,
  earlier: KnownEffect[] = NONE,
): Level | null {
  if (toMs <= fromMs) return null;
  scratch.length = 0;
  for (let i = buffer.firstAtOrAfter(fromMs); i < buffer.length && buffer.atMs(i) <= toMs; i++) {
    if (buffer.atMs(i) - buffer.averagedOverS(i) * 1000 >= fromMs - 500)
      scratch.push(buffer.powerW(i) + effectsSince(earlier, buffer.atMs(i)));
  }
  const count = scratch.length;
  if (count === 0) return null;
  const levelW = median(scratch, count);
  for (let i = 0; i < count; i++) scratch[i] = Math.abs((scratch[i] as number) - levelW);
  const spread = 1.48 * median(scratch, count);
  // Samples of a second apart are not independent; about five of twenty count.
  const effective = Math.max(1, Math.min(count, 5));
  const meter = 1 + 0.003 * Math.abs(levelW);
  const variance = LEVEL_FLOOR_W ** 2 + ((1.25 * spread) ** 2 + (count < 3 ? meter ** 2 : 0)) / effective;
  return { levelW, variance, atMs: (fromMs + toMs) / 2 };
}
