import { Attribution } from './attribution';
import { EntityPrior } from './domain-priors';
import { levelOf } from './effect-model';
import { EntityRecord, EntityRegistry } from './entity-registry';
import { domainOf, HomeEvent, readState } from './home-event';
import { renamedState } from './rename-entity';
import { SemanticsCheck } from './semantics';
import { SavedTimeline, Timeline, TimelineSettings } from './timeline';
import { TrackedEvent } from './tracked-event';

/** The channel of the whole home: its load, or the grid (import positive) when solar is given as well. */
export const MAINS = 'mains';
/** The channel of solar production, W; it is added to the mains, so that clouds are not taken for loads. */
export const SOLAR = 'solar';

/** One power sample. */
export interface PowerSample {
  /** `mains` (default), `solar`, or the name of a circuit. */
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
  /** Entities remembered at most; the longest unheard of is forgotten first. Default 2,000. */
  maxEntities?: number;
  /** False leaves the stated confidence as it comes out of the model. Default true. */
  calibrated?: boolean;
}

/** What has been learned of the entities of a home: plain JSON. */
export interface LearnedHome {
  entities: [entityId: string, record: EntityRecord][];
}

/** Everything that an engine holds: plain JSON. */
export interface EngineState extends LearnedHome {
  version: 1;
  nowMs: number | null;
  timelines: SavedTimeline[];
}

/** What became of an event that was handed in. */
export type EventOutcome =
  | 'accepted'
  /** Its id is known already. */
  | 'duplicate'
  /** No entity, no time, or no state that can be read. */
  | 'malformed'
  /** More than five minutes ahead of the engine's clock. */
  | 'future'
  /** Older than the watermark: only a second pass can answer it. */
  | 'too_late'
  /** Too many events wait already. */
  | 'overloaded';

/** What has been learned of one kind of event of one entity. */
export interface LearnedEffect {
  entityId: string;
  /** `switching` (on, off, brightness), or the transition it stands for. */
  family: string;
  /** Probability that such events have an effect. */
  effectProbability: number;
  /** Events learned from. */
  events: number;
  /** The powers that it switches by, at full brightness or speed, W; `uses` fades with time. */
  powers: { powerW: number; sdW: number; uses: number }[];
}

const FUTURE_TOLERANCE_MS = 5 * 60_000;
const MAX_PENDING = 50_000;
/** A circuit that has been silent for this long cannot answer: the mains do. */
const SILENT_MS = 15 * 60_000;

/** Attributes power changes to home events, as both stream in. */
export class CorrelationEngine {
  private readonly registry: EntityRegistry;
  private readonly timelines = new Map<string, Timeline>();
  private solar: Timeline;
  private readonly circuits: ReadonlyMap<string, string>;
  private readonly settings: TimelineSettings;
  private nowMs = -Infinity;

  constructor(options: EngineOptions = {}) {
    this.settings = {
      thresholdW: options.thresholdW ?? 10,
      latenessMs: options.latenessMs ?? 10 * 60_000,
      meterDelayMs: options.meterDelayMs ?? 3000,
      calibrated: options.calibrated ?? true,
    };
    this.circuits = new Map(Object.entries(options.circuits ?? {}));
    this.registry = new EntityRegistry(priorsByEntity(options.priors ?? {}), options.maxEntities ?? 2000);
    if (options.learned) this.registry.load(options.learned.entities);
    this.solar = new Timeline(SOLAR, this.registry, this.settings);
    this.timeline(MAINS);
  }

  /** Takes a sample; in any order, and again with another value when it was corrected. */
  addSample(sample: PowerSample): void {
    const { powerW, atMs, averagedOverS = 0, channel = MAINS } = sample;
    if (powerW === null || !Number.isFinite(powerW) || !Number.isFinite(atMs)) return;
    const averaged = Number.isFinite(averagedOverS) && averagedOverS > 0 ? averagedOverS : 0;
    if (channel !== SOLAR) {
      this.timeline(channel).addSample(atMs, powerW, averaged);
      return;
    }
    const mains = this.timeline(MAINS);
    mains.buffer.addSeries(this.solar.buffer);
    const outcome = this.solar.buffer.put(atMs, powerW, averaged);
    if (outcome === 'inserted' || outcome === 'revised') mains.reopen(atMs);
  }

  /** Takes an event; in any order as long as it is newer than the watermark. */
  addEvent(event: HomeEvent): EventOutcome {
    const { entityId, atMs } = event;
    const read = readState(event.state);
    if (typeof entityId !== 'string' || entityId === '' || !Number.isFinite(atMs) || !read)
      return 'malformed';
    if (this.nowMs > -Infinity && atMs > this.nowMs + FUTURE_TOLERANCE_MS) return 'future';
    if (atMs < this.nowMs - this.settings.latenessMs) return 'too_late';
    const eventId = event.eventId ?? `${entityId}@${atMs}`;
    const circuit = this.circuitOf(entityId, atMs);
    const timeline = this.timeline(circuit ?? MAINS);
    if (timeline.has(eventId)) return 'duplicate';
    if (timeline.pendingCount >= MAX_PENDING) return 'overloaded';
    const from = readState(event.previousState);
    const tracked: TrackedEvent = {
      eventId,
      entityId,
      domain: domainOf(entityId),
      atMs,
      level: levelOf({ state: read.state, attributes: { ...read.attributes, ...event.attributes } }),
      reportedFrom: from ? levelOf(from) : null,
      companion: false,
      answer: null,
    };
    timeline.addEvent(tracked);
    if (circuit !== null && this.timeline(MAINS).buffer.length > 0) {
      this.timeline(MAINS).addEvent({ ...tracked, companion: true });
    }
    return 'accepted';
  }

  /**
   * Moves the engine's clock and returns the new and changed answers. Each event is answered when its samples
   * should be complete, again whenever late data changes the answer, and once more, with `provisional` false,
   * when the watermark (the clock less the lateness) passes it. What was handed out never changes.
   */
  advance(nowMs: number): Readonly<Attribution>[] {
    if (Number.isFinite(nowMs)) this.nowMs = Math.max(this.nowMs, nowMs);
    const answers: Readonly<Attribution>[] = [];
    const emit = (answer: Attribution): number => answers.push(answer);
    for (const timeline of this.timelines.values()) timeline.advance(this.nowMs, emit);
    if (this.solar.buffer.length > 0) this.solar.advance(this.nowMs, emit);
    return answers;
  }

  /** Answers before this instant are final, ms since the epoch. */
  get watermarkMs(): number {
    return this.nowMs - this.settings.latenessMs;
  }

  /** Takes other priors than before, as of new devices; what was learned stays. */
  setPriors(priors: Readonly<Record<string, EntityPrior>>): void {
    this.registry.setPriors(priorsByEntity(priors));
  }

  /**
   * Gives an entity its new name in everything: what was learned of it, its events that wait or may still be revised
   * (ids that begin with the name included), and what others say of them. What was known under the new name before
   * gives way.
   */
  renameEntity(from: string, to: string): void {
    if (from !== to) this.load(renamedState(this.save(), from, to));
  }

  /** What has been learned, entity by entity, for people to read. */
  effects(): LearnedEffect[] {
    return this.registry.effects();
  }

  /** Whether the samples of a channel behave as declared; only slow meters (above 12 s) can be told. */
  checkSemantics(channel: string = MAINS): SemanticsCheck {
    return this.timeline(channel).checkSemantics();
  }

  /** What has been learned so far, without anything in flight: the start of a second pass. */
  learned(): LearnedHome {
    return { entities: this.registry.copyEntries() };
  }

  /** Everything, to go on later exactly from here. */
  save(): EngineState {
    const timelines = [...this.timelines.values(), this.solar].map((timeline) => timeline.save());
    return {
      version: 1,
      nowMs: Number.isFinite(this.nowMs) ? this.nowMs : null,
      ...this.learned(),
      timelines,
    };
  }

  /** An engine that goes on from a saved state; the options are not part of it. */
  static restore(state: EngineState, options: EngineOptions = {}): CorrelationEngine {
    if (state.version !== 1)
      throw new RangeError(`engine state: version is ${String(state.version)}, expected 1`);
    const engine = new CorrelationEngine(options);
    engine.load(state);
    return engine;
  }

  private load({ entities, nowMs, timelines }: EngineState): void {
    this.registry.load(entities);
    this.nowMs = nowMs ?? -Infinity;
    this.timelines.clear();
    this.solar = new Timeline(SOLAR, this.registry, this.settings);
    const mains = this.timeline(MAINS);
    for (const saved of timelines) {
      if (saved.channel !== SOLAR) {
        this.timeline(saved.channel).restore(saved);
        continue;
      }
      this.solar.restore(saved);
      if (saved.samples.atMs.length > 0) mains.buffer.addSeries(this.solar.buffer);
    }
  }

  /** The circuit that can answer an entity's event; null when only the mains can. */
  private circuitOf(entityId: string, atMs: number): string | null {
    const circuit = this.circuits.get(entityId);
    const buffer = circuit === undefined ? undefined : this.timelines.get(circuit)?.buffer;
    if (circuit === undefined || !buffer || buffer.length === 0) return null;
    return buffer.atMs(buffer.length - 1) >= atMs - SILENT_MS ? circuit : null;
  }

  private timeline(channel: string): Timeline {
    let timeline = this.timelines.get(channel);
    if (!timeline)
      this.timelines.set(channel, (timeline = new Timeline(channel, this.registry, this.settings)));
    return timeline;
  }
}

function priorsByEntity(priors: Readonly<Record<string, EntityPrior>>): ReadonlyMap<string, EntityPrior> {
  return new Map(Object.entries(priors));
}
