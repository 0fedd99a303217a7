import { MAINS, PowerSample } from '@smart-meter/correlation';

/** How far apart the values of a source that tells changes alone are put, ms. */
const GRID_MS = 5_000;
/** A value that is older than this may be one that nobody hears any more, ms. */
const LONGEST_HOLD_MS = 5 * 60_000;

/**
 * Samples of a source that tells changes alone, such as Home Assistant: between two of them the first still holds, and
 * is repeated, since a method that sees only the changes takes an event just after one for innocent.
 * In order of time.
 */
export function heldSamples(samples: readonly PowerSample[]): PowerSample[] {
  const sorted = inOrder(samples);
  const mains = sorted.filter(({ channel = MAINS }) => channel === MAINS);
  const held = mains.flatMap((sample, index) => {
    const untilMs = Math.min(mains[index + 1]?.atMs ?? sample.atMs, sample.atMs + LONGEST_HOLD_MS);
    const repeated: PowerSample[] = [];
    // On instants of the clock, so that reading again meets the same ones.
    for (let atMs = (Math.floor(sample.atMs / GRID_MS) + 1) * GRID_MS; atMs < untilMs; atMs += GRID_MS) {
      repeated.push({ ...sample, atMs });
    }
    return repeated;
  });
  return inOrder([...sorted, ...held]);
}

export function inOrder(samples: readonly PowerSample[]): PowerSample[] {
  return [...samples].sort((a, b) => a.atMs - b.atMs);
}
