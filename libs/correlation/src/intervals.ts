import { upperMedian } from './median';
import { problemArrays } from './problem-arrays';
import { SampleBuffer } from './sample-buffer';
import { Shift, StepProblem } from './step-solver';
import { KnownEffect, Stretch, Unsolvable } from './stretch';

const CLOCK_SD_S = 1.4;
/** A late-stamped event comes about this long after the power changed. */
const LATE_S = 9;
/** One stamped early, about this long before. */
const EARLY_S = 8;
const SHIFT_SD_S = 4;
const LEVEL_FLOOR_W = 1.2;
const DRIFT_FLOOR_W = 3;
const DRIFT_SHARE = 0.008;
const MAX_BINS = 48;
const NOISE_BINS = 40;

/** Consecutive samples around a group, for meters that report less often than loads settle. */
export function intervalProblem(
  buffer: SampleBuffer,
  stretch: Stretch,
  earlier: KnownEffect[],
): StepProblem | Unsolvable {
  const { eventsAtMs, intervalS } = stretch;
  const n = eventsAtMs.length;
  const firstMs = eventsAtMs[0] as number;
  const lastMs = eventsAtMs[stretch.answeredCount - 1] as number;
  const from = Math.max(0, buffer.firstAtOrAfter(firstMs) - 1);
  let to = buffer.firstAtOrAfter(lastMs) + 1;
  const mean = buffer.length > from && buffer.averagedOverS(Math.min(from, buffer.length - 1)) > 0;
  if (!mean) to -= 1;
  if (buffer.length === 0 || buffer.atMs(from) >= firstMs || to >= buffer.length) return 'no_samples';
  const bins = Math.min(to - from + 1, MAX_BINS);
  if (
    buffer.atMs(to) - lastMs > 3.5 * intervalS * 1000 ||
    firstMs - buffer.atMs(from) > 2.5 * intervalS * 1000
  ) {
    return 'no_samples';
  }
  const noise = usualChange(buffer, from, earlier);
  const { levelW, levelVariance, driftVariance, share, shareSd } = problemArrays(bins, bins * n);
  for (let k = 0; k < bins; k++) {
    const i = from + k;
    const end = buffer.atMs(i);
    const lengthS = buffer.averagedOverS(i);
    const level = buffer.powerW(i) - knownPowerW(earlier, end, lengthS);
    levelW[k] = level;
    levelVariance[k] = LEVEL_FLOOR_W ** 2 + (0.002 * level) ** 2;
    if (k > 0) {
      const gaps = Math.max(1, (end - buffer.atMs(i - 1)) / (intervalS * 1000));
      driftVariance[k - 1] = (DRIFT_FLOOR_W ** 2 + (DRIFT_SHARE * level) ** 2 + noise * noise) * gaps;
    }
    for (let e = 0; e < n; e++) {
      const sinceS = (end - (eventsAtMs[e] as number)) / 1000;
      const at = k * n + e;
      share[at] = shareAfter(sinceS, lengthS);
      shareSd[at] = shareDoubt(sinceS, lengthS, CLOCK_SD_S);
    }
  }
  const shiftBy = (kind: Shift['kind'], shiftS: number): Shift => {
    const shift: Shift = {
      kind,
      share: new Float64Array(bins * n),
      shareSd: new Float64Array(bins * n),
      differs: [],
    };
    for (let e = 0; e < n; e++) shift.differs.push(false);
    for (let k = 0; k < bins; k++) {
      const lengthS = buffer.averagedOverS(from + k);
      for (let e = 0; e < n; e++) {
        const at = k * n + e;
        const sinceS = (buffer.atMs(from + k) - (eventsAtMs[e] as number)) / 1000 + shiftS;
        shift.share[at] = shareAfter(sinceS, lengthS);
        shift.shareSd[at] = shareDoubt(sinceS, lengthS, SHIFT_SD_S);
        if (Math.abs((shift.share[at] as number) - (share[at] as number)) > 0.02) shift.differs[e] = true;
      }
    }
    return shift;
  };
  return {
    eventCount: n,
    binCount: bins,
    levelW,
    levelVariance,
    driftVariance,
    share,
    shareSd,
    shifts: () => [shiftBy('late', LATE_S), shiftBy('early', -EARLY_S)],
  };
}

/** Share of an interval (or an instant, length 0) that lies after an event. */
function shareAfter(sinceS: number, lengthS: number): number {
  if (lengthS === 0) return sinceS > 0 ? 1 : 0;
  return Math.min(1, Math.max(0, sinceS / lengthS));
}

function shareDoubt(sinceS: number, lengthS: number, clockSdS: number): number {
  if (lengthS === 0) return Math.abs(sinceS) < 2 * clockSdS ? 0.5 : 0;
  return sinceS > -clockSdS && sinceS < lengthS + clockSdS ? clockSdS / lengthS : 0;
}

/** What the events before the group still add to this sample compared with their full effect, W. */
function knownPowerW(earlier: KnownEffect[], endMs: number, lengthS: number): number {
  let sum = 0;
  for (let i = earlier.length - 1; i >= 0; i--) {
    const { atMs, effectW } = earlier[i] as KnownEffect;
    const sinceS = (endMs - atMs) / 1000;
    if (sinceS >= lengthS) break;
    sum += effectW * (lengthS > 0 ? Math.max(0, sinceS / lengthS) : 1) - effectW;
  }
  return sum;
}

const changes = new Float64Array(NOISE_BINS);

/** Usual change between neighbouring samples without an event, W (robust), from the samples before the group. */
function usualChange(buffer: SampleBuffer, from: number, earlier: KnownEffect[]): number {
  let count = 0;
  let event = earlier.length - 1;
  for (let i = from; i > 0 && i > from - NOISE_BINS; i--) {
    const end = buffer.atMs(i);
    const start = buffer.atMs(i - 1) - buffer.averagedOverS(i - 1) * 1000;
    while (event >= 0 && (earlier[event] as KnownEffect).atMs > end) event--;
    if (event >= 0 && (earlier[event] as KnownEffect).atMs > start) continue;
    changes[count++] = Math.abs(buffer.powerW(i) - buffer.powerW(i - 1));
  }
  if (count < 5) return 5;
  return 1.48 * upperMedian(changes, count);
}
