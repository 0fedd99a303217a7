import { Attribution, CoEvent, ReasonCode } from './attribution';
import { calibratedConfidence } from './calibration';
import { EffectModel, effectOf, EntityLevel } from './effect-model';
import { EntityRecord, EntityRegistry } from './entity-registry';
import { GroupMember } from './explanations';
import { MemberEstimate, solveGroup } from './group-solver';
import { intervalProblem } from './intervals';
import { plateauProblem, Stretch, Unsolvable } from './plateaus';
import { SampleBuffer } from './sample-buffer';
import { Signature } from './signature';
import { StepProblem } from './step-solver';

/** An accepted event waiting for its answer or, until the watermark has passed it, for a revision. */
export interface TrackedEvent {
  eventId: string;
  entityId: string;
  domain: string;
  atMs: number;
  level: EntityLevel;
  /** As reported with the event; null = take the last one seen. */
  reportedFrom: EntityLevel | null;
  /** True on channels where the event only helps to explain the power and is answered elsewhere. */
  companion: boolean;
  answer: Attribution | null;
}

/** A solved group that late data may still reopen. */
interface SolvedGroup {
  events: TrackedEvent[];
  before: [string, EntityRecord | null][];
  /** Effect used for each event when it bears on neighbouring groups, W. */
  effectsW: number[];
}

export interface TimelineSettings {
  thresholdW: number;
  latenessMs: number;
  meterDelayMs: number;
}

/** Up to here a meter is fast: it reports several times while a load settles. */
export const FAST_INTERVAL_S = 12;
const MAX_GROUP = 14;
const MAX_AHEAD = 6;
const FAST_GAP_S = 26;
const FAST_SETTLE_S = 30;
const SLOW_GAP_INTERVALS = 1.5;
/** How often an event is stamped more than some seconds after the power changed. */
const LATE_PROBABILITY = 0.08;
const LIGHT_LATE_PROBABILITY = 0.03;
/** A change is attributed only when it is at least this likely to be right within tolerance. */
const CLEAR_PROBABILITY = 0.3;
/** Below this an entity counts as one that changes nothing. */
const NO_EFFECT_PROBABILITY = 0.03;
const REACH_MS = 70_000;
const KEEP_INTERVALS = 50;
const FORGET_EVERY_MS = 10 * 60_000;
const USUAL_INTERVAL_SAMPLES = 16;

/** Events and samples of one channel: groups, solves, and re-solves what late data touches. */
export class Timeline {
  readonly buffer = new SampleBuffer();
  private pending: TrackedEvent[] = [];
  private solved: SolvedGroup[] = [];
  private context: { atMs: number; effectW: number }[] = [];
  private reopenFrom = Infinity;
  /** The first pending group cannot be answered before this. */
  private readyAtMs = -Infinity;
  private forgetAtMs = -Infinity;

  constructor(
    readonly channel: string,
    private readonly registry: EntityRegistry,
    private readonly settings: TimelineSettings,
  ) {}

  get pendingCount(): number {
    return this.pending.length;
  }

  addSample(atMs: number, powerW: number, averagedOverS: number): void {
    const outcome = this.buffer.put(atMs, powerW, averagedOverS);
    if (outcome !== 'appended' && outcome !== 'unchanged') this.reopen(atMs);
  }

  addEvent(event: TrackedEvent): void {
    insertSorted(this.pending, event);
    this.readyAtMs = -Infinity;
    const last = this.solved[this.solved.length - 1];
    if (last && event.atMs <= lastOf(last.events).atMs + this.gapMs()) this.reopen(event.atMs);
  }

  /** Whether an event of this id waits here or can still be revised. */
  has(eventId: string, atMs: number): boolean {
    if (this.pending.some((event) => event.atMs === atMs && event.eventId === eventId)) return true;
    return this.solved.some((group) => group.events.some((event) => event.eventId === eventId));
  }

  /** Solves what can be solved at `nowMs`; hands every new or changed answer to `emit`. */
  advance(nowMs: number, emit: (answer: Attribution) => void): void {
    this.rollBack();
    for (;;) {
      const size = this.closedGroupSize(nowMs);
      if (size === 0) break;
      this.solve(this.pending.splice(0, size), emit);
    }
    this.finalise(nowMs, emit);
  }

  private intervalS(atMs: number): number {
    const { buffer } = this;
    const middle = buffer.firstAtOrAfter(atMs);
    const to = Math.min(buffer.length, Math.max(middle, USUAL_INTERVAL_SAMPLES));
    const gaps: number[] = [];
    for (let i = Math.max(1, to - USUAL_INTERVAL_SAMPLES); i < to; i++)
      gaps.push(buffer.atMs(i) - buffer.atMs(i - 1));
    if (gaps.length === 0) return 10;
    gaps.sort((a, b) => a - b);
    const averaged = buffer.averagedOverS(to - 1);
    return Math.max(0.2, averaged > 0 ? averaged : (gaps[gaps.length >> 1] as number) / 1000);
  }

  private gapMs(): number {
    const intervalS = this.intervalS(Infinity);
    return 1000 * (intervalS <= FAST_INTERVAL_S ? FAST_GAP_S + intervalS : SLOW_GAP_INTERVALS * intervalS);
  }

  /** Number of pending events that form the next group, 0 while it may still grow or lacks samples. */
  private closedGroupSize(nowMs: number): number {
    const { pending } = this;
    const first = pending[0];
    if (!first || nowMs < this.readyAtMs) return 0;
    const intervalS = this.intervalS(first.atMs);
    const fast = intervalS <= FAST_INTERVAL_S;
    const gapMs = 1000 * (fast ? FAST_GAP_S + intervalS : SLOW_GAP_INTERVALS * intervalS);
    let size = 1;
    while (
      size < pending.length &&
      size <= MAX_GROUP &&
      at(pending, size).atMs - at(pending, size - 1).atMs <= gapMs
    ) {
      size++;
    }
    if (size > MAX_GROUP) size = widestGap(pending, MAX_GROUP);
    const settleMs =
      this.settings.meterDelayMs +
      1000 * (fast ? FAST_SETTLE_S + intervalS : 2 * intervalS + (intervalS > 60 ? 30 : 5));
    this.readyAtMs = at(pending, size - 1).atMs + Math.max(settleMs, gapMs);
    if (nowMs < this.readyAtMs) return 0;
    this.readyAtMs = -Infinity;
    return size;
  }

  private solve(events: TrackedEvent[], emit: (answer: Attribution) => void): void {
    const firstMs = at(events, 0).atMs;
    const lastMs = lastOf(events).atMs;
    const intervalS = this.intervalS(firstMs);
    const fast = intervalS <= FAST_INTERVAL_S;
    const ahead = fast ? [] : this.eventsAhead(lastMs + intervalS * 1000);
    const before: [string, EntityRecord | null][] = [];
    const snapshots = new Set<string>();
    for (const { entityId } of [...events, ...ahead]) {
      if (snapshots.has(entityId)) continue;
      snapshots.add(entityId);
      before.push([entityId, this.registry.snapshot(entityId)]);
    }
    const previous: (EntityLevel | null)[] = [];
    const members = events.map((event): GroupMember => {
      const record = this.registry.ensure(event.entityId);
      const from = event.reportedFrom ? withShare(event.reportedFrom, record.level) : record.level;
      previous.push(from);
      const model = effectOf(from, event.level);
      const signature = this.registry.signature(event.entityId, model);
      if (!event.companion) {
        record.level = event.level;
        record.lastEventAtMs = event.atMs;
      }
      return this.member(event, model, signature, !event.companion);
    });
    const stretch: Stretch = {
      eventsAtMs: [...events, ...ahead].map((event) => event.atMs),
      answeredCount: events.length,
      previousEventAtMs: this.context[this.context.length - 1]?.atMs ?? -Infinity,
      nextEventAtMs: this.pending[0]?.atMs ?? Infinity,
      intervalS,
    };
    const problem = fast
      ? plateauProblem(this.buffer, stretch)
      : intervalProblem(this.buffer, stretch, this.context);
    const solvable = typeof problem !== 'string';
    const allMembers = [...members, ...ahead.map((event) => this.aheadMember(event))];
    const estimates = solvable ? solveGroup(allMembers, problem, this.settings.thresholdW) : null;
    const answers = events.map((event, i) =>
      this.answer(event, previous[i] ?? null, estimates?.[i] ?? null, problem, intervalS),
    );
    const effectsW = estimates
      ? events.map((_, i) => (estimates[i] as MemberEstimate).meanEffectW)
      : events.map(() => 0);
    addCoEvents(answers, events, solvable ? problem : null, fast ? (intervalS + 3) * 1000 : intervalS * 1000);
    events.forEach((event, i) => {
      this.context.push({ atMs: event.atMs, effectW: effectsW[i] ?? 0 });
      if (!event.companion) publish(event, answers[i] as Attribution, emit);
    });
    this.solved.push({ events, before, effectsW });
  }

  private eventsAhead(untilMs: number): TrackedEvent[] {
    const ahead: TrackedEvent[] = [];
    for (const event of this.pending) {
      if (event.atMs > untilMs || ahead.length >= MAX_AHEAD) break;
      ahead.push(event);
    }
    return ahead;
  }

  private aheadMember(event: TrackedEvent): GroupMember {
    const from = event.reportedFrom ?? this.registry.get(event.entityId)?.level ?? null;
    const model = effectOf(from, event.level);
    return this.member(event, model, this.registry.signature(event.entityId, model), false);
  }

  private member(
    event: TrackedEvent,
    model: EffectModel,
    signature: Signature,
    learns: boolean,
  ): GroupMember {
    const lateProbability = event.domain === 'light' ? LIGHT_LATE_PROBABILITY : LATE_PROBABILITY;
    return { model, signature, prior: this.registry.priorOf(event.entityId), lateProbability, learns };
  }

  private answer(
    event: TrackedEvent,
    from: EntityLevel | null,
    estimate: MemberEstimate | null,
    problem: StepProblem | Unsolvable,
    intervalS: number,
  ): Attribution {
    const answer: Attribution = {
      eventId: event.eventId,
      entityId: event.entityId,
      domain: event.domain,
      state: event.level.state,
      previousState: from?.state ?? null,
      atMs: event.atMs,
      channel: this.channel,
      deltaW: null,
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
      revision: 0,
      provisional: true,
    };
    if (typeof problem === 'string' || !estimate) {
      answer.reason = typeof problem === 'string' ? problem : 'no_samples';
      return answer;
    }
    const { deltaW, sdW, probability, withinTolerance, effectProbability } = estimate;
    const clear = withinTolerance >= CLEAR_PROBABILITY;
    answer.estimateW = deltaW;
    answer.sdW = sdW;
    answer.probability = probability;
    answer.confidence = calibratedConfidence(withinTolerance, intervalS);
    answer.expectedW = estimate.expectedW;
    answer.expectedSdW = estimate.expectedSdW;
    answer.levelsUsed = problem.binCount;
    answer.beforeW = problem.levelW[0] as number;
    answer.afterW = problem.levelW[problem.binCount - 1] as number;
    if (probability >= 0.5 && clear) answer.deltaW = deltaW;
    else answer.reason = reasonFor(probability, effectProbability, clear, problem, intervalS);
    return answer;
  }

  /** Marks what a late or changed datum at this instant touches. */
  private reopen(atMs: number): void {
    this.reopenFrom = Math.min(this.reopenFrom, atMs);
  }

  private rollBack(): void {
    if (this.reopenFrom === Infinity) return;
    const reachMs = Math.max(REACH_MS, 3 * 1000 * this.intervalS(this.reopenFrom));
    const reopenFrom = this.reopenFrom - reachMs;
    this.reopenFrom = Infinity;
    this.readyAtMs = -Infinity;
    for (;;) {
      const group = this.solved[this.solved.length - 1];
      if (!group || lastOf(group.events).atMs < reopenFrom) break;
      this.solved.pop();
      this.context.length -= group.events.length;
      for (const [entityId, snapshot] of group.before) this.registry.restore(entityId, snapshot);
      for (const event of group.events) insertSorted(this.pending, event);
    }
  }

  private finalise(nowMs: number, emit: (answer: Attribution) => void): void {
    const watermarkMs = nowMs - this.settings.latenessMs;
    let count = 0;
    for (const group of this.solved) {
      if (lastOf(group.events).atMs > watermarkMs) break;
      count++;
      for (const event of group.events) {
        if (event.answer) {
          event.answer = { ...event.answer, provisional: false, revision: event.answer.revision + 1 };
          emit(event.answer);
        }
      }
    }
    if (count > 0) this.solved.splice(0, count);
    this.forget(watermarkMs);
  }

  /** Lets go of samples and events that no answer can need any more; not at every call, as it costs. */
  private forget(watermarkMs: number): void {
    if (watermarkMs < this.forgetAtMs) return;
    this.forgetAtMs = watermarkMs + FORGET_EVERY_MS;
    const keepMs = Math.max(10 * 60_000, KEEP_INTERVALS * 1000 * this.intervalS(Infinity));
    const oldest = this.solved[0]?.events[0]?.atMs ?? this.pending[0]?.atMs ?? watermarkMs;
    const horizon = Math.min(oldest, watermarkMs) - keepMs;
    this.buffer.dropBefore(horizon);
    const firstKept = this.context.findIndex((known) => known.atMs >= horizon);
    if (firstKept > 0) this.context.splice(0, firstKept);
  }
}

function withShare(reported: EntityLevel, tracked: EntityLevel | null): EntityLevel {
  if (reported.share !== null || !tracked || tracked.active !== reported.active) return reported;
  return { ...reported, share: tracked.share, setPoint: reported.setPoint ?? tracked.setPoint };
}

function reasonFor(
  probability: number,
  effectProbability: number,
  clear: boolean,
  problem: StepProblem,
  intervalS: number,
): ReasonCode {
  if (effectProbability < NO_EFFECT_PROBABILITY) return 'no_effect_learned';
  if (probability >= 0.5 && !clear) {
    if (problem.eventCount > 1) return 'shared_step';
    return intervalS > FAST_INTERVAL_S ? 'resolution_too_low' : 'below_noise';
  }
  return 'below_noise';
}

/** Two events share a step when no level lies between them. */
function addCoEvents(
  answers: Attribution[],
  events: TrackedEvent[],
  problem: StepProblem | null,
  nearMs: number,
): void {
  for (let i = 0; i < events.length; i++) {
    const coEvents: CoEvent[] = [];
    for (let j = 0; j < events.length; j++) {
      if (i === j || Math.abs(at(events, i).atMs - at(events, j).atMs) > nearMs) continue;
      const other = answers[j] as Attribution;
      coEvents.push({
        eventId: other.eventId,
        entityId: other.entityId,
        deltaW: problem ? other.deltaW : null,
      });
    }
    (answers[i] as Attribution).coEvents = coEvents;
  }
}

function publish(event: TrackedEvent, answer: Attribution, emit: (answer: Attribution) => void): void {
  const former = event.answer;
  if (former && sameAnswer(former, answer)) return;
  answer.revision = (former?.revision ?? 0) + 1;
  event.answer = answer;
  emit(answer);
}

function sameAnswer(a: Attribution, b: Attribution): boolean {
  return (
    a.deltaW === b.deltaW &&
    a.estimateW === b.estimateW &&
    a.sdW === b.sdW &&
    a.probability === b.probability &&
    a.reason === b.reason
  );
}

/** Where to cut a chain that is too long: after the widest gap in its second half. */
function widestGap(events: TrackedEvent[], limit: number): number {
  let best = limit;
  let widest = -1;
  for (let i = limit >> 1; i <= limit; i++) {
    const gap = at(events, i).atMs - at(events, i - 1).atMs;
    if (gap > widest) {
      widest = gap;
      best = i;
    }
  }
  return best;
}

function insertSorted(events: TrackedEvent[], event: TrackedEvent): void {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = at(events, middle);
    const earlier = other.atMs < event.atMs || (other.atMs === event.atMs && other.eventId < event.eventId);
    if (earlier) low = middle + 1;
    else high = middle;
  }
  events.splice(low, 0, event);
}

function at(events: TrackedEvent[], index: number): TrackedEvent {
  return events[index] as TrackedEvent;
}

function lastOf(events: TrackedEvent[]): TrackedEvent {
  return events[events.length - 1] as TrackedEvent;
}
