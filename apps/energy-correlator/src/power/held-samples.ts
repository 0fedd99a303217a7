import { MAINS, PowerSample } from '@smart-meter/correlation';

/** How far apart the values of a source that tells changes alone are put, ms. */
const GRID_MS = 5_000;
/** A value that is older than this may be one that nobody hears any more, ms. */
const LONGEST_HOLD_MS = 5 * 60_000;
const FEWEST_SAMPLES = 10;
/** A source that is asked at an interval keeps to it, give or take this share, most of the time. */
const JITTER_SHARE = 0.25;
const REGULAR_SHARE = 0.8;

/**
 * Samples of a source that tells changes alone, such as Home Assistant: between two of them the first still holds, and
 * is repeated, since a method that sees only the changes takes an event just after one for innocent.
 * Samples at an interval, and means, come back as they are. In order of time.
 */
export function heldSamples(samples: readonly PowerSample[]): PowerSample[] {
  const sorted = [...samples].sort((a, b) => a.atMs - b.atMs);
  const mains = sorted.filter(({ channel = MAINS }) => channel === MAINS);
  if (!tellsChangesAlone(mains)) return sorted;
  const held = mains.flatMap((sample, index) => {
    const untilMs = Math.min(mains[index + 1]?.atMs ?? sample.atMs, sample.atMs + LONGEST_HOLD_MS);
    const repeated: PowerSample[] = [];
    // On instants of the clock, so that reading again meets the same ones.
    for (let atMs = (Math.floor(sample.atMs / GRID_MS) + 1) * GRID_MS; atMs < untilMs; atMs += GRID_MS) {
      repeated.push({ ...sample, atMs });
    }
    return repeated;
  });
  return [...sorted, ...held].sort((a, b) => a.atMs - b.atMs);
}

function tellsChangesAlone(samples: readonly PowerSample[]): boolean {
  if (samples.length < FEWEST_SAMPLES || samples.some(({ averagedOverS = 0 }) => averagedOverS > 0))
    return false;
  const gapsMs = samples.slice(1).map(({ atMs }, index) => atMs - (samples[index]?.atMs ?? atMs));
  const usualMs = [...gapsMs].sort((a, b) => a - b)[gapsMs.length >> 1] ?? 0;
  const regular = gapsMs.filter((gapMs) => Math.abs(gapMs - usualMs) <= JITTER_SHARE * usualMs);
  return regular.length < REGULAR_SHARE * gapsMs.length;
}
