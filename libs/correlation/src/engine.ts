import { Attribution } from './attribution';
import { EntityPrior } from './domain-priors';
import { levelOf } from './effect-model';
import { EntityRecord, EntityRegistry } from './entity-registry';
import { domainOf, HomeEvent, readState } from './home-event';
import { Timeline, TrackedEvent } from './timeline';

/** The channel of the whole home. */
export const MAINS = 'mains';

/** One power sample. */
export interface PowerSample {
  /** `mains` (default) or the name of a circuit. */
  channel?: string;
  /** The instant of the reading, or the end of the interval that it averages; ms since the epoch. */
  atMs: number;
  /** W; null or not finite is ignored: unknown is not zero. */
  powerW: number | null;
  /** 0 (default) = instantaneous; otherwise the length of the averaged interval that ends at atMs, s. */
  averagedOverS?: number;
}

export interface EngineOptions {
  /** Smallest change worth attributing, W. Default 10. */
  thresholdW?: number;
  /** How late samples and events may come and still revise an answer, ms. Default 10 min. */
  latenessMs?: number;
  /** How long a sample takes to arrive after its instant, ms; answers wait for it. Default 3 s. */
  meterDelayMs?: number;
  /** Entity -> circuit, where it is known. Events of other entities use the mains. */
  circuits?: Readonly<Record<string, string>>;
  /** Entity -> prior, for example from a library of device profiles. */
  priors?: Readonly<Record<string, EntityPrior>>;
  /** What an earlier engine learned: the start of a second pass, or of a home moved to another machine. */
  learned?: LearnedHome;
  /** Entities remembered at most. Default 2,000. */
  maxEntities?: number;
}

/** What has been learned of the entities of a home: plain JSON. */
export interface LearnedHome {
  entities: [string, EntityRecord][];
}

/** What became of an event that was handed in. */
export type EventOutcome = 'accepted' | 'duplicate' | 'malformed' | 'future' | 'too_late' | 'overloaded';

const FUTURE_TOLERANCE_MS = 5 * 60_000;
const MAX_PENDING = 50_000;

/** Attributes power changes to home events, as both stream in. */
export class CorrelationEngine {
  private readonly registry: EntityRegistry;
  private readonly timelines = new Map<string, Timeline>();
  private readonly circuits: Map<string, string>;
  private readonly settings: { thresholdW: number; latenessMs: number; meterDelayMs: number };
  private nowMs = -Infinity;

  constructor(options: EngineOptions = {}) {
    this.settings = {
      thresholdW: options.thresholdW ?? 10,
      latenessMs: options.latenessMs ?? 600_000,
      meterDelayMs: options.meterDelayMs ?? 3000,
    };
    this.circuits = new Map(Object.entries(options.circuits ?? {}));
    this.registry = new EntityRegistry(
      new Map(Object.entries(options.priors ?? {})),
      options.maxEntities ?? 2000,
    );
    if (options.learned) this.registry.load(options.learned.entities);
    this.timelines.set(MAINS, new Timeline(MAINS, this.registry, this.settings));
  }

  addSample(sample: PowerSample): void {
    const { powerW, atMs } = sample;
    if (powerW === null || !Number.isFinite(powerW) || !Number.isFinite(atMs)) return;
    this.timeline(sample.channel ?? MAINS).addSample(atMs, powerW, sample.averagedOverS ?? 0);
  }

  addEvent(event: HomeEvent): EventOutcome {
    const { entityId, atMs } = event;
    const read = readState(event.state);
    if (typeof entityId !== 'string' || entityId === '' || !Number.isFinite(atMs) || !read)
      return 'malformed';
    if (atMs > this.nowMs + FUTURE_TOLERANCE_MS && this.nowMs > -Infinity) return 'future';
    if (atMs < this.nowMs - this.settings.latenessMs) return 'too_late';
    const eventId = event.eventId ?? `${entityId}@${atMs}`;
    const channel = this.circuits.get(entityId) ?? MAINS;
    const timeline = this.timeline(channel);
    if (timeline.has(eventId, atMs)) return 'duplicate';
    if (timeline.pendingCount >= MAX_PENDING) return 'overloaded';
    const attributes = { ...read.attributes, ...event.attributes };
    const from = readState(event.previousState);
    const tracked: TrackedEvent = {
      eventId,
      entityId,
      domain: domainOf(entityId),
      atMs,
      level: levelOf({ state: read.state, attributes }),
      reportedFrom: from ? levelOf(from) : null,
      companion: false,
      answer: null,
    };
    timeline.addEvent(tracked);
    return 'accepted';
  }

  /** Moves the engine's clock and returns the new and changed answers in the order they were found. */
  advance(nowMs: number): Attribution[] {
    if (Number.isFinite(nowMs)) this.nowMs = Math.max(this.nowMs, nowMs);
    const answers: Attribution[] = [];
    for (const timeline of this.timelines.values())
      timeline.advance(this.nowMs, (answer) => answers.push(answer));
    return answers;
  }

  /** What has been learned so far, without anything in flight. */
  learned(): LearnedHome {
    return { entities: this.registry.copyEntries() };
  }

  private timeline(channel: string): Timeline {
    let timeline = this.timelines.get(channel);
    if (!timeline)
      this.timelines.set(channel, (timeline = new Timeline(channel, this.registry, this.settings)));
    return timeline;
  }
}
