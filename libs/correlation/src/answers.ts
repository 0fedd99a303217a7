import { Attribution, CoEvent, ReasonCode } from './attribution';
import { calibratedConfidence } from './calibration';
import { EntityLevel } from './effect-model';
import { MemberEstimate } from './group-solver';
import { isFast } from './interval';
import { StepProblem } from './step-solver';
import { Unsolvable } from './stretch';
import { eventAt, TrackedEvent } from './tracked-event';

/** A change is attributed only when it is at least this likely to be right within tolerance. */
const CLEAR_PROBABILITY = 0.3;
/** Below this an entity counts as one that changes nothing. */
const NO_EFFECT_PROBABILITY = 0.03;
const FAST_HORIZON_S = 28;

/** What a group's answers have in common. */
export interface AnswerContext {
  channel: string;
  intervalS: number;
  calibrated: boolean;
}

/** Puts what was found about an event into words, without a revision yet. */
export function answerOf(
  event: TrackedEvent,
  from: EntityLevel | null,
  estimate: MemberEstimate | null,
  problem: StepProblem | Unsolvable,
  context: AnswerContext,
): Attribution {
  const { channel, intervalS } = context;
  const answer: Attribution = {
    eventId: event.eventId,
    entityId: event.entityId,
    domain: event.domain,
    state: event.level.state,
    previousState: from?.state ?? null,
    atMs: event.atMs,
    channel,
    deltaW: null,
    horizonS: isFast(intervalS) ? FAST_HORIZON_S : 2 * intervalS,
    estimateW: null,
    sdW: null,
    probability: 0,
    confidence: 0,
    reason: null,
    coEvents: [],
    expectedW: null,
    expectedSdW: null,
    beforeW: null,
    afterW: null,
    levelsUsed: 0,
    settled: null,
    revision: 0,
    provisional: true,
  };
  if (typeof problem === 'string' || !estimate) {
    answer.reason = typeof problem === 'string' ? problem : 'no_samples';
    return answer;
  }
  const { deltaW, probability, withinTolerance } = estimate;
  const clear = withinTolerance >= CLEAR_PROBABILITY;
  answer.estimateW = deltaW;
  answer.sdW = estimate.sdW;
  answer.probability = probability;
  answer.confidence = context.calibrated ? calibratedConfidence(withinTolerance, intervalS) : withinTolerance;
  answer.expectedW = estimate.expectedW;
  answer.expectedSdW = estimate.expectedSdW;
  answer.levelsUsed = problem.binCount;
  answer.beforeW = problem.levelW[0] as number;
  answer.afterW = problem.levelW[problem.binCount - 1] as number;
  if (probability >= 0.5 && clear) answer.deltaW = deltaW;
  else answer.reason = reasonFor(estimate, clear, problem.eventCount, intervalS);
  return answer;
}

function reasonFor(
  estimate: MemberEstimate,
  clear: boolean,
  eventCount: number,
  intervalS: number,
): ReasonCode {
  if (estimate.effectProbability < NO_EFFECT_PROBABILITY) return 'no_effect_learned';
  if (estimate.probability < 0.5 || clear) return 'below_noise';
  if (eventCount > 1) return 'shared_step';
  return isFast(intervalS) ? 'below_noise' : 'resolution_too_low';
}

/** Notes with each answer the other events that are too close in time for a level between them. */
export function addCoEvents(answers: Attribution[], events: TrackedEvent[], nearMs: number): void {
  answers.forEach((answer, i) => {
    const coEvents: CoEvent[] = [];
    answers.forEach((other, j) => {
      if (i === j || Math.abs(eventAt(events, i).atMs - eventAt(events, j).atMs) > nearMs) return;
      coEvents.push({ eventId: other.eventId, entityId: other.entityId, deltaW: other.deltaW });
    });
    answer.coEvents = coEvents;
  });
}

export function sameAnswer(a: Attribution, b: Attribution): boolean {
  return (
    a.deltaW === b.deltaW &&
    a.estimateW === b.estimateW &&
    a.sdW === b.sdW &&
    a.probability === b.probability &&
    a.confidence === b.confidence &&
    a.reason === b.reason
  );
}
