import { addCoEvents, answerOf, sameAnswer } from './answers';
import { Attribution } from './attribution';
import { EffectModel, effectOf, EntityLevel } from './effect-model';
import { EntityRecord, EntityRegistry } from './entity-registry';
import { GroupMember } from './explanations';
import { solveGroup } from './group-solver';
import { isFast, usualIntervalS } from './interval';
import { intervalProblem } from './intervals';
import { plateauProblem } from './plateaus';
import { SampleBuffer, SavedSamples } from './sample-buffer';
import {
  checkSemantics,
  noSemanticsEvidence,
  observeSemantics,
  SemanticsCheck,
  SemanticsEvidence,
} from './semantics';
import { AFTER_TO_S, mayRamp, SETTLED_HORIZON_S, settledChange } from './settled-change';
import { Signature } from './signature';
import { KnownEffect, Stretch } from './stretch';
import { eventAt, insertSorted, lastEvent, TrackedEvent } from './tracked-event';

/** A solved group that late data may still reopen. Plain JSON. */
interface SolvedGroup {
  events: TrackedEvent[];
  /** What was known of the group's entities before it. */
  before: [entityId: string, record: EntityRecord | null][];
  models: EffectModel[];
}

export interface TimelineSettings {
  thresholdW: number;
  latenessMs: number;
  meterDelayMs: number;
  calibrated: boolean;
}

/** Everything a timeline holds. Plain JSON. */
export interface SavedTimeline {
  channel: string;
  samples: SavedSamples;
  pending: TrackedEvent[];
  solved: SolvedGroup[];
  known: KnownEffect[];
  semantics: SemanticsEvidence;
  reopenFromMs: number | null;
}

const MAX_GROUP = 14;
const MAX_AHEAD = 6;
const FAST_GAP_S = 26;
const FAST_SETTLE_S = 30;
/** A group that was cut short takes the next events into account up to here. */
const FAST_AHEAD_S = 26;
const SLOW_GAP_INTERVALS = 1.5;
/** How often an event is stamped more than some seconds after the power changed. */
const LATE_PROBABILITY = 0.08;
const LIGHT_LATE_PROBABILITY = 0.03;
/** Samples this far from a group can bear on it. */
const REACH_MS = 70_000;
const REACH_INTERVALS = 3;
const KEEP_MS = 45 * 60_000;
const KEEP_INTERVALS = 50;
const FORGET_EVERY_MS = 10 * 60_000;
/** Events this many intervals apart have their samples to themselves. */
const ISOLATED_INTERVALS = 3;

/**
 * Events and samples of one channel. Groups events that share samples, solves each group once, and when late data
 * touches a solved group goes back to what was known before it and solves again, so that the order of arrival
 * makes no difference until the watermark has passed.
 */
export class Timeline {
  readonly buffer = new SampleBuffer();
  private pending: TrackedEvent[] = [];
  /** Ids of all that is pending or solved. */
  private ids = new Set<string>();
  private solved: SolvedGroup[] = [];
  /** Effects of solved events in order: they bear on the samples of later groups. */
  private known: KnownEffect[] = [];
  private semantics: SemanticsEvidence = noSemanticsEvidence();
  private reopenFromMs = Infinity;
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
    if (outcome === 'unchanged') return;
    if (outcome !== 'appended') this.reopen(atMs);
    else if (this.solved.length > 0) this.reopenForLatePower(atMs);
  }

  addEvent(event: TrackedEvent): void {
    insertSorted(this.pending, event);
    this.ids.add(event.eventId);
    this.readyAtMs = -Infinity;
    const last = this.solved[this.solved.length - 1];
    if (
      last &&
      event.atMs <= lastEvent(last.events).atMs + this.gapMs(usualIntervalS(this.buffer, Infinity))
    ) {
      this.reopen(event.atMs);
    }
  }

  /** Whether an event of this id waits here or can still be revised. */
  has(eventId: string): boolean {
    return this.ids.has(eventId);
  }

  /** Marks that data at this instant came late or changed: what it touches is solved again. */
  reopen(atMs: number): void {
    this.reopenFromMs = Math.min(this.reopenFromMs, atMs);
  }

  /** Solves what can be solved at `nowMs`; hands every new or changed answer to `emit`. */
  advance(nowMs: number, emit: (answer: Attribution) => void): void {
    this.rollBack();
    for (;;) {
      const size = this.closedGroupSize(nowMs);
      if (size === 0) break;
      this.solve(this.pending.splice(0, size), emit);
    }
    this.finalise(nowMs - this.settings.latenessMs, emit);
  }

  checkSemantics(): SemanticsCheck {
    return checkSemantics(this.semantics);
  }

  save(): SavedTimeline {
    return structuredClone({
      channel: this.channel,
      samples: this.buffer.save(),
      pending: this.pending,
      solved: this.solved,
      known: this.known,
      semantics: this.semantics,
      reopenFromMs: this.reopenFromMs === Infinity ? null : this.reopenFromMs,
    });
  }

  restore(saved: SavedTimeline): void {
    const copy = structuredClone(saved);
    this.buffer.restore(copy.samples);
    this.pending = copy.pending;
    this.solved = copy.solved;
    this.known = copy.known;
    this.ids = new Set(
      [...this.pending, ...this.solved.flatMap(({ events }) => events)].map(({ eventId }) => eventId),
    );
    this.semantics = copy.semantics;
    this.reopenFromMs = copy.reopenFromMs ?? Infinity;
  }

  private gapMs(intervalS: number): number {
    return 1000 * (isFast(intervalS) ? FAST_GAP_S + intervalS : SLOW_GAP_INTERVALS * intervalS);
  }

  /** How long after its last event a group's samples are complete, ms. */
  private settleMs(intervalS: number): number {
    const settleS = isFast(intervalS) ? FAST_SETTLE_S + intervalS : 2 * intervalS + (intervalS > 60 ? 30 : 5);
    return this.settings.meterDelayMs + 1000 * settleS;
  }

  /** Number of pending events that form the next group, 0 while it may still grow or lacks samples. */
  private closedGroupSize(nowMs: number): number {
    const { pending } = this;
    const first = pending[0];
    if (!first || nowMs < this.readyAtMs) return 0;
    const intervalS = usualIntervalS(this.buffer, first.atMs);
    const gapMs = this.gapMs(intervalS);
    let size = 1;
    while (size < pending.length && size <= MAX_GROUP) {
      if (eventAt(pending, size).atMs - eventAt(pending, size - 1).atMs > gapMs) break;
      size++;
    }
    let needed = size;
    if (size > MAX_GROUP) {
      size = widestGap(pending, MAX_GROUP);
      needed = size + this.eventsAhead(size, eventAt(pending, size - 1).atMs, intervalS).length;
    }
    this.readyAtMs = eventAt(pending, needed - 1).atMs + Math.max(this.settleMs(intervalS), gapMs);
    if (nowMs < this.readyAtMs) return 0;
    this.readyAtMs = -Infinity;
    return size;
  }

  private solve(events: TrackedEvent[], emit: (answer: Attribution) => void): void {
    const intervalS = usualIntervalS(this.buffer, eventAt(events, 0).atMs);
    const fast = isFast(intervalS);
    const ahead = this.eventsAhead(0, lastEvent(events).atMs, intervalS);
    const before = this.snapshots([...events, ...ahead]);
    const previous: (EntityLevel | null)[] = [];
    const members = events.map((event) => {
      const record = event.companion ? undefined : this.registry.ensure(event.entityId);
      const from = previousLevel(event, record);
      previous.push(from);
      const member = this.member(event, from, !event.companion);
      if (record) {
        record.level = event.level;
        record.lastEventAtMs = event.atMs;
      }
      return member;
    });
    for (const event of ahead) {
      members.push(this.member(event, previousLevel(event, this.registry.get(event.entityId)), false));
    }
    const stretch: Stretch = {
      eventsAtMs: [...events, ...ahead].map((event) => event.atMs),
      answeredCount: events.length,
      previousEventAtMs: this.known[this.known.length - 1]?.atMs ?? -Infinity,
      nextEventAtMs: this.pending[ahead.length]?.atMs ?? Infinity,
      intervalS,
    };
    const problem = fast
      ? plateauProblem(this.buffer, stretch, this.known)
      : intervalProblem(this.buffer, stretch, this.known);
    const estimates =
      typeof problem === 'string' ? [] : solveGroup(members, problem, this.settings.thresholdW);
    const context = { channel: this.channel, intervalS, calibrated: this.settings.calibrated };
    const answers = events.map((event, i) =>
      answerOf(event, previous[i] ?? null, estimates[i] ?? null, problem, context),
    );
    addCoEvents(answers, events, 1000 * (fast ? intervalS + 3 : intervalS));
    events.forEach((event, i) => {
      this.known.push({ atMs: event.atMs, effectW: estimates[i]?.meanEffectW ?? 0 });
      if (!event.companion) publish(event, answers[i] as Attribution, emit);
    });
    this.solved.push({ events, before, models: members.slice(0, events.length).map(({ model }) => model) });
  }

  /** The next events, from an index on, that may bear on the samples of a group that ends at `lastMs`. */
  private eventsAhead(from: number, lastMs: number, intervalS: number): TrackedEvent[] {
    const untilMs = lastMs + 1000 * (isFast(intervalS) ? FAST_AHEAD_S : intervalS);
    const ahead: TrackedEvent[] = [];
    for (let i = from; i < this.pending.length && ahead.length < MAX_AHEAD; i++) {
      const event = eventAt(this.pending, i);
      if (event.atMs > untilMs) break;
      ahead.push(event);
    }
    return ahead;
  }

  private snapshots(events: TrackedEvent[]): SolvedGroup['before'] {
    const before = new Map<string, EntityRecord | null>();
    for (const { entityId, companion } of events) {
      if (!companion && !before.has(entityId)) before.set(entityId, this.registry.snapshot(entityId));
    }
    return [...before];
  }

  private member(event: TrackedEvent, from: EntityLevel | null, learns: boolean): GroupMember {
    const model = effectOf(from, event.level);
    const signature: Signature = event.companion
      ? this.registry.signatureCopy(event.entityId, model)
      : this.registry.signature(event.entityId, model);
    const lateProbability = event.domain === 'light' ? LIGHT_LATE_PROBABILITY : LATE_PROBABILITY;
    return { model, signature, prior: this.registry.priorOf(event.entityId), lateProbability, learns };
  }

  /** Power that arrives after its event was answered without it. */
  private reopenForLatePower(atMs: number): void {
    const last = lastEvent((this.solved[this.solved.length - 1] as SolvedGroup).events);
    if (atMs > last.atMs + this.settleMs(usualIntervalS(this.buffer, Infinity))) return;
    const answeredWithout = this.solved.some(
      (group) =>
        lastEvent(group.events).atMs + REACH_MS >= atMs && group.events[0]?.answer?.reason === 'no_samples',
    );
    if (answeredWithout || atMs <= last.atMs + FAST_SETTLE_S * 1000) this.reopen(atMs);
  }

  private rollBack(): void {
    if (this.reopenFromMs === Infinity) return;
    const intervalS = usualIntervalS(this.buffer, this.reopenFromMs);
    const fromMs = this.reopenFromMs - Math.max(REACH_MS, REACH_INTERVALS * 1000 * intervalS);
    this.reopenFromMs = Infinity;
    this.readyAtMs = -Infinity;
    for (;;) {
      const group = this.solved[this.solved.length - 1];
      if (!group || lastEvent(group.events).atMs < fromMs) break;
      this.solved.pop();
      this.known.length -= group.events.length;
      for (const [entityId, snapshot] of group.before) this.registry.restore(entityId, snapshot);
      for (const event of group.events) insertSorted(this.pending, event);
    }
  }

  private finalise(watermarkMs: number, emit: (answer: Attribution) => void): void {
    let count = 0;
    for (const group of this.solved) {
      if (lastEvent(group.events).atMs > watermarkMs) break;
      count++;
      this.watchSemantics(group);
      group.events.forEach((event, i) => {
        this.ids.delete(event.eventId);
        if (!event.answer) return;
        const final = { ...event.answer, provisional: false, revision: event.answer.revision + 1 };
        this.addSettled(final, group.models[i] as EffectModel);
        event.answer = final;
        emit(final);
      });
    }
    if (count > 0) this.solved.splice(0, count);
    this.forget(watermarkMs);
  }

  private addSettled(answer: Attribution, model: EffectModel): void {
    if (!mayRamp(answer.domain) || this.settings.latenessMs < AFTER_TO_S * 1000) return;
    const { registry, buffer } = this;
    const others = this.known.filter(({ atMs }) => atMs !== answer.atMs);
    const steppedW = answer.deltaW ?? 0;
    answer.settled = settledChange(
      buffer,
      registry,
      answer,
      model,
      steppedW,
      others,
      this.settings.thresholdW,
    );
    if (answer.deltaW !== null || !answer.settled?.sure) return;
    answer.deltaW = answer.settled.deltaW;
    answer.horizonS = SETTLED_HORIZON_S;
    answer.reason = null;
  }

  private watchSemantics({ events }: SolvedGroup): void {
    const [event] = events;
    if (!event || events.length > 1) return;
    const intervalS = usualIntervalS(this.buffer, event.atMs);
    if (isFast(intervalS)) return;
    const reachMs = ISOLATED_INTERVALS * intervalS * 1000;
    const crowded = this.known.some(
      ({ atMs }) => atMs !== event.atMs && Math.abs(atMs - event.atMs) < reachMs,
    );
    if (!crowded) observeSemantics(this.semantics, this.buffer, event.atMs, intervalS);
  }

  /** Lets go of samples and effects that no answer can need any more; not at every call, as it costs. */
  private forget(watermarkMs: number): void {
    if (watermarkMs < this.forgetAtMs) return;
    this.forgetAtMs = watermarkMs + FORGET_EVERY_MS;
    const keepMs = Math.max(KEEP_MS, KEEP_INTERVALS * 1000 * usualIntervalS(this.buffer, Infinity));
    const oldest = this.solved[0]?.events[0]?.atMs ?? this.pending[0]?.atMs ?? watermarkMs;
    const horizonMs = Math.min(oldest, watermarkMs) - keepMs;
    this.buffer.dropBefore(horizonMs);
    const firstKept = this.known.findIndex(({ atMs }) => atMs >= horizonMs);
    if (firstKept > 0) this.known.splice(0, firstKept);
  }
}

/** What the entity was doing before: as reported, with what only the tracked level knows (brightness, set-point). */
function previousLevel(event: TrackedEvent, record: EntityRecord | undefined): EntityLevel | null {
  const tracked = record?.level ?? null;
  const reported = event.reportedFrom;
  if (!reported) return tracked;
  if (!tracked || tracked.active !== reported.active) return reported;
  return {
    ...reported,
    share: reported.share ?? tracked.share,
    setPoint: reported.setPoint ?? tracked.setPoint,
  };
}

function publish(event: TrackedEvent, answer: Attribution, emit: (answer: Attribution) => void): void {
  const former = event.answer;
  if (former && sameAnswer(former, answer)) return;
  answer.revision = (former?.revision ?? 0) + 1;
  event.answer = answer;
  emit(answer);
}

/** Where to cut a chain that is too long: at the widest gap in its second half. */
function widestGap(events: TrackedEvent[], limit: number): number {
  let best = limit;
  let widest = -1;
  for (let i = limit >> 1; i <= limit; i++) {
    const gap = eventAt(events, i).atMs - eventAt(events, i - 1).atMs;
    if (gap > widest) {
      widest = gap;
      best = i;
    }
  }
  return best;
}
