import { EventOutcome } from '@smart-meter/correlation';
import { Answer } from './answer';

/** What was counted since the start or the last reset; survives restarts. */
export interface StatisticsCounts {
  sinceMs: number;
  events: Record<EventOutcome, number>;
  answers: number;
  attributed: number;
  revisions: number;
  runs: number;
  failedRuns: number;
}

export function noCounts(sinceMs: number): StatisticsCounts {
  const events = { accepted: 0, duplicate: 0, malformed: 0, future: 0, too_late: 0, overloaded: 0 };
  return { sinceMs, events, answers: 0, attributed: 0, revisions: 0, runs: 0, failedRuns: 0 };
}

/** The counts with newly written answers. An event that is attributed only in a revision counts as attributed then. */
export function withAnswers(
  counts: StatisticsCounts,
  created: readonly Answer[],
  revised: readonly Answer[],
): StatisticsCounts {
  return {
    ...counts,
    answers: counts.answers + created.length,
    attributed: counts.attributed + created.filter(({ deltaW }) => deltaW !== null).length,
    revisions: counts.revisions + revised.length,
  };
}

/** What a kept value says, where it has the shape of this release. */
export function readCounts(value: unknown, nowMs: number): StatisticsCounts {
  const fresh = noCounts(nowMs);
  const kept = value as Partial<StatisticsCounts> | null | undefined;
  if (typeof kept?.sinceMs !== 'number') return fresh;
  return { ...fresh, ...kept, events: { ...fresh.events, ...kept.events } };
}
