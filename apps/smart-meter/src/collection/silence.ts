import { HistoryChunk, TimeRange } from '@smart-meter/meter-adapter';

const MINUTE_MS = 60_000;
/** How long after its end a silent stretch is asked for again. */
const ASK_AGAIN_AFTER_MS = [5 * MINUTE_MS, 60 * MINUTE_MS, 24 * 60 * MINUTE_MS];

/**
 * The stretches of a chunk for which the source has neither a reading nor the word that it never will have one.
 * A reading speaks for what it was averaged over, for `resolutionS` at least; what is shorter is no silence.
 */
export function silentStretches(
  { range, readings, unavailable }: HistoryChunk,
  resolutionS: number,
): TimeRange[] {
  const spoken = [
    ...readings.map(({ observedAt, averagedOverS }) => {
      const toMs = observedAt.getTime();
      return { fromMs: toMs - Math.max(averagedOverS, resolutionS) * 1000, toMs };
    }),
    ...unavailable.map((stretch) => ({
      fromMs: stretch.range.from.getTime(),
      toMs: stretch.range.to.getTime(),
    })),
    { fromMs: range.to.getTime(), toMs: range.to.getTime() },
  ].sort((a, b) => a.fromMs - b.fromMs);
  const shortestMs = Math.max(resolutionS, ...readings.map(({ averagedOverS }) => averagedOverS)) * 1000;
  const silent: TimeRange[] = [];
  let spokenToMs = range.from.getTime();
  for (const { fromMs, toMs } of spoken) {
    const lengthMs = fromMs - spokenToMs;
    if (lengthMs > 0 && lengthMs >= shortestMs) {
      silent.push({ from: new Date(spokenToMs), to: new Date(fromMs) });
    }
    spokenToMs = Math.max(spokenToMs, toMs);
  }
  return silent;
}

/** When a silent stretch is to be asked for next; null once it is too old for late data. */
export function askAgainAt({ to }: TimeRange, now: Date): Date | null {
  const dueMs = ASK_AGAIN_AFTER_MS.map((afterMs) => to.getTime() + afterMs);
  const nextMs = dueMs.find((ms) => ms > now.getTime());
  return nextMs === undefined ? null : new Date(nextMs);
}
