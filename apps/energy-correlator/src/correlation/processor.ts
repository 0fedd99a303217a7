import { setImmediate } from 'node:timers/promises';
import { CorrelationEngine, HomeEvent, LearnedHome } from '@smart-meter/correlation';
import { Journal } from '@smart-meter/journal';
import { Clock, MeterReading } from '@smart-meter/meter-adapter';
import { ReadingSource } from '@smart-meter/reading-source';
import { Configuration } from '../configuration/configuration';
import { EventFeed } from '../events/event-feed';
import { EntityNames } from '../events/entity-names';
import { EventInbox, KeptEvent } from '../events/event-inbox';
import { CompactState } from '../journal/compact-state';
import { heldSamples, inOrder } from '../power/held-samples';
import { isMeasured, keptReading, MainsKind, mainsKind, powerSamples } from '../power/power-samples';
import { PowerRhythm } from '../power/rhythm';
import { SampleQueue } from '../power/sample-queue';
import { EntityPriors } from '../priors/entity-priors';
import { NewAnswer } from './answer';
import { AnswerStore } from './answer-store';
import { CorrelationMethod } from './correlation-method';
import { levelTenthsOf } from './level';
import { engineOptions, restoreMethod } from './restore-method';
import { noCounts, readCounts, StatisticsCounts, withAnswers } from './statistics';

export interface ProcessorOptions {
  journal: Journal;
  state: CompactState;
  inbox: EventInbox;
  names: EntityNames;
  feed: EventFeed;
  power: ReadingSource;
  rhythm: PowerRhythm;
  answers: AnswerStore;
  priors: EntityPriors;
  configuration: Configuration;
  clock: Clock;
}

/** Everything that a run goes on from; kept in the transaction of what it led to. */
interface Progress {
  method: CorrelationMethod;
  /** Until when events and power have been handed to the method, ms. */
  processedUntilMs: number;
  mains: MainsKind | null;
  counts: StatisticsCounts;
}

interface SavedProgress {
  processedUntilMs: number;
  mains: MainsKind | null;
  counts: StatisticsCounts;
}

const PROGRESS_KEY = 'progress';
const METHOD_KEY = 'method';
/** How much of the past is worked through at once, ms. */
const STEP_MS = 60 * 60_000;
/** How far the method's clock moves at once, ms. */
const CLOCK_STEP_MS = 60_000;
/** An event that claims to be further ahead than this is refused. */
const FUTURE_TOLERANCE_MS = 5 * 60_000;

/**
 * Hands events and power to the method and keeps its answers. Whatever a run does is one transaction with how far it
 * got and the method's state: a run that is cut off anywhere is done again from where the last one ended.
 */
export class Processor {
  private readonly circuitIds: ReadonlySet<string>;
  private progress: Progress | null = null;

  constructor(private readonly options: ProcessorOptions) {
    this.circuitIds = new Set(Object.values(options.configuration.circuits));
  }

  /** Until when events have been answered; null before the first run. */
  get processedUntil(): Date | null {
    const saved = this.savedProgress();
    return saved === null ? null : new Date(saved.processedUntilMs);
  }

  get counts(): StatisticsCounts {
    return readCounts(this.savedProgress()?.counts, this.options.clock.now().getTime());
  }

  /** The method as it stands: what was learned. */
  get method(): CorrelationMethod {
    return this.load().method;
  }

  /** Works until everything that can be known by now is answered. Throws `MeterError` where a source cannot be read. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, feed, configuration } = this.options;
    const nowMs = clock.now().getTime();
    const lookbackMs = configuration.settings.lookbackMinutes * 60_000;
    const startMs = this.load().processedUntilMs;
    await this.refreshPriors();
    // Before history is read, which tells the past by the names of today.
    this.makeRenames();
    const completeUntil = await feed.complete(new Date(startMs - lookbackMs), new Date(nowMs), signal);
    const targetMs = Math.min(nowMs, completeUntil.getTime());
    for (let untilMs = startMs; untilMs < targetMs;) {
      untilMs = Math.min(targetMs, untilMs + STEP_MS);
      await this.step(untilMs, signal);
      await setImmediate(undefined, { signal });
    }
    this.change((progress) => ({
      ...progress,
      counts: { ...progress.counts, runs: progress.counts.runs + 1 },
    }));
  }

  /** Looks up what devices there are now; the method expects of them what their profiles say. */
  async refreshPriors(): Promise<void> {
    const { priors } = this.options;
    await priors.refresh();
    const { method } = this.load();
    if (method instanceof CorrelationEngine) method.setPriors(priors.current);
  }

  /** Carries over what is kept of entities that were renamed, and what was learned of them, in one transaction. */
  makeRenames(): void {
    if (this.options.names.waiting().length === 0) return;
    this.change(
      (progress) => {
        this.takeRenames(progress.method);
        return progress;
      },
      { savesMethod: true },
    );
  }

  countFailedRun(): void {
    this.change((progress) => ({
      ...progress,
      counts: { ...progress.counts, failedRuns: progress.counts.failedRuns + 1 },
    }));
  }

  resetCounts(): void {
    const counts = noCounts(this.options.clock.now().getTime());
    this.change((progress) => ({ ...progress, counts }));
  }

  /** The method goes on with what a backfill has learned. */
  teach(learned: LearnedHome): void {
    const { configuration, priors } = this.options;
    const method = new CorrelationEngine({ ...engineOptions(configuration, priors.current), learned });
    this.change((progress) => ({ ...progress, method }), { savesMethod: true });
  }

  /** One stretch of time. Its events are taken some per transaction, in small steps of the home's own time. */
  private async step(untilMs: number, signal: AbortSignal): Promise<void> {
    const readings = await this.readPower(untilMs, signal);
    signal.throwIfAborted();
    const samples = this.takePower(readings, untilMs);
    while (this.load().processedUntilMs < untilMs) {
      this.change((progress) => this.takeEvents(progress, samples, untilMs), { savesMethod: true });
      await setImmediate(undefined, { signal });
    }
  }

  /** Lives through the time until an instant, or until so many events have been taken. */
  private takeEvents(progress: Progress, samples: SampleQueue, untilMs: number): Progress {
    const { inbox, configuration, clock } = this.options;
    const { method } = progress;
    // One that came since the run began: the method is not to speak of an entity by its former name.
    this.takeRenames(method);
    let { counts, processedUntilMs } = progress;
    counts = structuredClone(counts);
    counts.events.future += inbox.refuseAfter(clock.now().getTime() + FUTURE_TOLERANCE_MS);
    for (let left = configuration.settings.maxEventsPerInterval; processedUntilMs < untilMs;) {
      const nextMs = Math.min(untilMs, processedUntilMs + CLOCK_STEP_MS);
      for (const sample of samples.until(nextMs)) method.addSample(sample);
      const events = inbox.waiting(nextMs, left);
      const isOverloaded = this.handOver(events, method, counts);
      left -= events.length;
      if (left === 0 && !isOverloaded) break;
      counts = this.takeAnswers(method, nextMs, counts);
      processedUntilMs = nextMs;
    }
    return { ...progress, counts, processedUntilMs };
  }

  private takeRenames(method: CorrelationMethod): void {
    const { names, inbox, answers } = this.options;
    const renames = names.waiting();
    if (renames.length === 0) return;
    for (const { from, to } of renames) {
      inbox.rename(from, to);
      answers.rename(from, to);
      method.renameEntity(from, to);
    }
    names.markMade();
  }

  /** Returns whether the method is full: what it did not take waits on disk until it has answered some. */
  private handOver(
    events: readonly KeptEvent[],
    method: CorrelationMethod,
    counts: StatisticsCounts,
  ): boolean {
    for (const event of events) {
      const outcome = method.addEvent(event);
      counts.events[outcome] += 1;
      if (outcome === 'overloaded') return true;
      this.options.inbox.settle(event.id, outcome);
    }
    return false;
  }

  /** What is new, what may have come late, and what events are still waiting for. */
  private async readPower(untilMs: number, signal: AbortSignal): Promise<MeterReading[]> {
    const { answers, power, configuration } = this.options;
    const { lookbackMinutes, retryWindowMinutes, powerLookupPaddingSeconds } = configuration.settings;
    const { processedUntilMs } = this.load();
    const paddingMs = powerLookupPaddingSeconds * 1000;
    const waitingSinceMs = answers.oldestWithoutPower(processedUntilMs - retryWindowMinutes * 60_000);
    const fromMs =
      Math.min(processedUntilMs - lookbackMinutes * 60_000, waitingSinceMs ?? Infinity) - paddingMs;
    const period = { from: new Date(fromMs), to: new Date(untilMs) };
    const readings: MeterReading[] = [];
    for await (const reading of power.readings(period, signal)) {
      if (isMeasured(reading)) readings.push(reading);
    }
    return readings;
  }

  /** Keeps power in the journal; what of it is for the method comes back. */
  private takePower(readings: readonly MeterReading[], untilMs: number): SampleQueue {
    const { circuitIds } = this;
    this.options.journal.append({ readings: readings.map((reading) => keptReading(reading, circuitIds)) });
    const mains = mainsKind(readings, this.load().mains);
    if (mains !== this.load().mains) this.change((progress) => ({ ...progress, mains }));
    const samples = readings.flatMap((reading) => powerSamples(reading, mains, circuitIds));
    const isHeld = this.options.rhythm.tellsChangesAlone(untilMs);
    return new SampleQueue(isHeld ? heldSamples(samples) : inOrder(samples));
  }

  private takeAnswers(method: CorrelationMethod, nowMs: number, counts: StatisticsCounts): StatisticsCounts {
    const answers = method.advance(nowMs).map((attribution): NewAnswer => ({
      attribution,
      levelTenths: this.levelOf(attribution.eventId),
      pass: 'live',
    }));
    const { created, revised } = this.options.answers.write(answers);
    return withAnswers(counts, created, revised);
  }

  private levelOf(eventId: string): number | null {
    const event: HomeEvent | undefined = this.options.inbox.find(eventId);
    return event ? levelTenthsOf(event) : null;
  }

  /** A change of the progress, with all that it writes, in one transaction; where it fails nothing has happened. */
  private change(work: (progress: Progress) => Progress, { savesMethod = false } = {}): void {
    const { journal, state } = this.options;
    const before = this.load();
    this.progress = null;
    this.progress = journal.transaction(() => {
      const after = work(before);
      const { processedUntilMs, mains, counts } = after;
      journal.state.set(PROGRESS_KEY, { processedUntilMs, mains, counts } satisfies SavedProgress);
      if (savesMethod) state.set(METHOD_KEY, after.method.save());
      return after;
    });
  }

  private load(): Progress {
    if (this.progress) return this.progress;
    const { configuration, clock, state, priors } = this.options;
    const nowMs = clock.now().getTime();
    const saved = this.savedProgress();
    this.progress = {
      method: restoreMethod(configuration, priors.current, state.get(METHOD_KEY)),
      processedUntilMs: saved?.processedUntilMs ?? nowMs - configuration.settings.lookbackMinutes * 60_000,
      mains: saved?.mains ?? null,
      counts: readCounts(saved?.counts, nowMs),
    };
    return this.progress;
  }

  private savedProgress(): SavedProgress | null {
    const saved = this.options.journal.state.get(PROGRESS_KEY) as Partial<SavedProgress> | undefined;
    return typeof saved?.processedUntilMs === 'number' ? (saved as SavedProgress) : null;
  }
}
