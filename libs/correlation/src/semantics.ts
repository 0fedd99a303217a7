import { SampleBuffer } from './sample-buffer';

/** How samples relate to time. */
export type SampleSemantics = 'instantaneous' | 'mean_stamped_at_end' | 'mean_stamped_at_start';

/** Whether the samples of a channel behave as their source declares. */
export interface SemanticsCheck {
  declared: SampleSemantics;
  /** What fits best; null while too few clear events have been seen. */
  detected: SampleSemantics | null;
  /** False = alarm: the samples are something else than declared. */
  agrees: boolean | null;
  /** Clear, isolated events that it rests on. */
  events: number;
  /** Mean share of a step that each reading leaves unexplained, 0..1. */
  unexplained: Record<SampleSemantics, number>;
}

/** Running sums, plain JSON. */
export interface SemanticsEvidence {
  events: number;
  declaredMean: boolean;
  residual: Record<SampleSemantics, number>;
}

const ALL: SampleSemantics[] = ['instantaneous', 'mean_stamped_at_end', 'mean_stamped_at_start'];
const MIN_EVENTS = 20;
const MIN_STEP_W = 50;
/** The best reading must leave this much less unexplained than the declared one before there is an alarm. */
const CLEARLY_BETTER = 0.8;

export function noSemanticsEvidence(): SemanticsEvidence {
  return {
    events: 0,
    declaredMean: false,
    residual: { instantaneous: 0, mean_stamped_at_end: 0, mean_stamped_at_start: 0 },
  };
}

/**
 * Looks at one event that has the slow samples around it to itself: its step, taken between samples well before
 * and well after, must show in the samples in between as each reading says.
 */
export function observeSemantics(
  evidence: SemanticsEvidence,
  buffer: SampleBuffer,
  atMs: number,
  intervalS: number,
): void {
  const first = buffer.firstAtOrAfter(atMs);
  const from = first - 2;
  const to = first + 2;
  if (from < 0 || to >= buffer.length) return;
  const intervalMs = intervalS * 1000;
  if (buffer.atMs(to) - buffer.atMs(from) > 4.5 * intervalMs) return;
  const stepW = buffer.powerW(to) - buffer.powerW(from);
  if (Math.abs(stepW) < MIN_STEP_W) return;
  evidence.events++;
  evidence.declaredMean = buffer.averagedOverS(first) > 0;
  for (const semantics of ALL) {
    let residual = 0;
    let former = 0;
    for (let i = from + 1; i <= to; i++) {
      const share = shareAfter(semantics, (buffer.atMs(i) - atMs) / intervalMs);
      residual += Math.abs(buffer.powerW(i) - buffer.powerW(i - 1) - stepW * (share - former));
      former = share;
    }
    evidence.residual[semantics] += Math.min(1, residual / (2 * Math.abs(stepW)));
  }
}

/** Share of a sample, stamped `since` intervals after an event, that lies after the event. */
function shareAfter(semantics: SampleSemantics, since: number): number {
  if (semantics === 'instantaneous') return since > 0 ? 1 : 0;
  const covered = semantics === 'mean_stamped_at_end' ? since : since + 1;
  return Math.min(1, Math.max(0, covered));
}

export function checkSemantics({ events, declaredMean, residual }: SemanticsEvidence): SemanticsCheck {
  const declared: SampleSemantics = declaredMean ? 'mean_stamped_at_end' : 'instantaneous';
  const unexplained = {
    instantaneous: residual.instantaneous / Math.max(1, events),
    mean_stamped_at_end: residual.mean_stamped_at_end / Math.max(1, events),
    mean_stamped_at_start: residual.mean_stamped_at_start / Math.max(1, events),
  };
  if (events < MIN_EVENTS) return { declared, detected: null, agrees: null, events, unexplained };
  const best = ALL.reduce((a, b) => (unexplained[b] < unexplained[a] ? b : a));
  const better = unexplained[best] < CLEARLY_BETTER * unexplained[declared];
  const detected = better ? best : declared;
  return { declared, detected, agrees: detected === declared, events, unexplained };
}
