import { setImmediate } from 'node:timers/promises';
import { CorrelationEngine, PowerSample, secondPass } from '@smart-meter/correlation';
import { Journal } from '@smart-meter/journal';
import { ReadingSource } from '@smart-meter/reading-source';
import { Configuration } from '../configuration/configuration';
import { EventInbox } from '../events/event-inbox';
import { heldSamples, inOrder } from '../power/held-samples';
import { isMeasured, keptReading, mainsKind, POWER_METER_ID, powerSamples } from '../power/power-samples';
import { PowerRhythm } from '../power/rhythm';
import { EntityPriors } from '../priors/entity-priors';
import { NewAnswer, Pass } from './answer';
import { AnswerStore } from './answer-store';
import { levelTenthsOf } from './level';
import { engineOptions } from './restore-method';

export interface SecondPassOptions {
  journal: Journal;
  inbox: EventInbox;
  power: ReadingSource;
  rhythm: PowerRhythm;
  answers: AnswerStore;
  priors: EntityPriors;
  configuration: Configuration;
}

export interface PassSummary {
  answered: number;
  revised: number;
}

/** What comes before and after a stretch bears on its first and last events, ms. */
const MARGIN_MS = 60 * 60_000;
const READ_STEP_MS = 60 * 60_000;
const ANSWERS_PER_TRANSACTION = 200;
const SAMPLES_PER_STRETCH = 2_000;

/** Answers a stretch of the past again, with all that has been learned since and with power that came late. */
export class SecondPass {
  private readonly circuitIds: ReadonlySet<string>;

  constructor(private readonly options: SecondPassOptions) {
    this.circuitIds = new Set(Object.values(options.configuration.circuits));
  }

  /**
   * Brings what the power source has of a period into the journal: late power for one.
   * Throws `MeterError`.
   */
  async readPower(fromMs: number, toMs: number, signal: AbortSignal): Promise<void> {
    const { power, journal } = this.options;
    for (let atMs = fromMs - MARGIN_MS; atMs < toMs + MARGIN_MS; atMs += READ_STEP_MS) {
      const period = { from: new Date(atMs), to: new Date(Math.min(atMs + READ_STEP_MS, toMs + MARGIN_MS)) };
      const readings = [];
      for await (const reading of power.readings(period, signal)) {
        if (isMeasured(reading)) readings.push(keptReading(reading, this.circuitIds));
      }
      journal.append({ readings });
      await setImmediate(undefined, { signal });
    }
  }

  /** What an engine learns from a period when it lives through it: for a start without a past. */
  async learn(fromMs: number, toMs: number, signal: AbortSignal): Promise<CorrelationEngine> {
    const { configuration, priors } = this.options;
    const engine = new CorrelationEngine(engineOptions(configuration, priors.current));
    const events = this.options.inbox.between(fromMs, toMs);
    let event = events.next();
    let nowMs = -Infinity;
    for (const sample of this.samples(fromMs, toMs)) {
      if (sample.atMs > nowMs + 60_000) {
        nowMs = sample.atMs;
        for (; !event.done && event.value.atMs <= nowMs; event = events.next()) engine.addEvent(event.value);
        engine.advance(nowMs);
        await setImmediate(undefined, { signal });
      }
      engine.addSample(sample);
    }
    for (; !event.done; event = events.next()) engine.addEvent(event.value);
    engine.advance(toMs + MARGIN_MS);
    return engine;
  }

  /** Answers the events of a period from what is in the journal, some per transaction. Safe to repeat. */
  async answer(
    learned: CorrelationEngine,
    period: { fromMs: number; toMs: number; pass: Pass },
    signal: AbortSignal,
  ): Promise<PassSummary> {
    const { fromMs, toMs, pass } = period;
    const { inbox, configuration, answers, priors } = this.options;
    const summary: PassSummary = { answered: 0, revised: 0 };
    let batch: NewAnswer[] = [];
    const write = () => {
      const { created, revised } = answers.write(batch);
      summary.answered += created.length;
      summary.revised += revised.length;
      batch = [];
    };
    const events = inbox.between(fromMs - MARGIN_MS, toMs);
    const samples = this.samples(fromMs, toMs);
    const options = engineOptions(configuration, priors.current);
    for (const attribution of secondPass(learned.learned(), events, samples, options)) {
      if (attribution.atMs < fromMs) continue;
      const event = inbox.find(attribution.eventId);
      batch.push({ attribution, levelTenths: event ? levelTenthsOf(event) : null, pass });
      if (batch.length < ANSWERS_PER_TRANSACTION) continue;
      write();
      await setImmediate(undefined, { signal });
    }
    write();
    return summary;
  }

  private *samples(fromMs: number, toMs: number): Generator<PowerSample, void, undefined> {
    const { journal } = this.options;
    const period = { from: new Date(fromMs - MARGIN_MS), to: new Date(toMs + MARGIN_MS) };
    const hasTotal = journal
      .series(POWER_METER_ID)
      .some(({ quantity, circuitId }) => quantity === 'totalPowerW' && circuitId === null);
    const inTime = this.options.rhythm.tellsChangesAlone(toMs) ? heldSamples : inOrder;
    let stretch: PowerSample[] = [];
    for (const reading of journal.readings({ ...period, meterId: POWER_METER_ID })) {
      stretch.push(
        ...powerSamples(reading, hasTotal ? 'total' : mainsKind([reading], 'grid'), this.circuitIds),
      );
      if (stretch.length < SAMPLES_PER_STRETCH) continue;
      yield* inTime(stretch);
      stretch = [];
    }
    yield* inTime(stretch);
  }
}
