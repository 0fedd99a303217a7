import {
  Attribution,
  BeforeAfter,
  CorrelationEngine,
  EngineOptions,
  LearnedHome,
  nearestDifference,
  SampleSeries,
  windowDifference,
} from '@smart-meter/correlation';
import { BenchEvent, Samples } from './home';
import { Answer, CAUSAL_W } from './metrics';

/** One channel's samples, by name. */
export type Channels = ReadonlyMap<string, Samples>;

/** An event whose answer came first in online order, then as revised. */
export interface EngineRun {
  answers: Answer[];
  attributions: (Attribution | null)[];
  learned: LearnedHome;
}

/** As a service would that processes once a minute. */
const ADVANCE_EVERY_S = 60;

/** Streams one home through the engine as it would arrive, in time order, and keeps the last answer of each event. */
export function runEngine(events: BenchEvent[], channels: Channels, options: EngineOptions): EngineRun {
  const engine = new CorrelationEngine(options);
  const attributions = new Array<Attribution | null>(events.length).fill(null);
  const collect = (nowMs: number): void => {
    for (const attribution of engine.advance(nowMs)) attributions[Number(attribution.eventId)] = attribution;
  };
  const feeds = [...channels].map(([channel, samples]) => ({ channel, samples, next: 0 }));
  let lastS = 0;
  for (const { samples } of feeds) lastS = Math.max(lastS, samples.atS[samples.atS.length - 1] ?? 0);
  let event = 0;
  for (let nowS = 0; nowS <= lastS; nowS += ADVANCE_EVERY_S) {
    for (const feed of feeds) {
      const { atS, powerW, averagedOverS } = feed.samples;
      while (feed.next < atS.length && (atS[feed.next] ?? Infinity) <= nowS) {
        const i = feed.next++;
        engine.addSample({
          channel: feed.channel,
          atMs: Math.round((atS[i] ?? 0) * 1000),
          powerW: powerW[i] ?? null,
          averagedOverS,
        });
      }
    }
    for (; event < events.length; event++) {
      const next = events[event];
      if (!next || next.atS > nowS) break;
      engine.addEvent({
        eventId: String(event),
        entityId: next.entityId,
        atMs: Math.round(next.atS * 1000),
        state: next.state,
        previousState: next.previousState,
        ...(next.attributes ? { attributes: next.attributes } : {}),
      });
    }
    collect(nowS * 1000);
  }
  collect((lastS + 86_400) * 1000);
  return { attributions, answers: attributions.map(answerOf), learned: engine.learned() };
}

function answerOf(attribution: Attribution | null): Answer {
  if (!attribution) return { answered: false, deltaW: null, probability: 0, confidence: 0 };
  const { deltaW, estimateW, probability, confidence, reason } = attribution;
  return {
    answered: estimateW !== null || reason === 'no_effect_learned',
    deltaW,
    probability,
    confidence,
  };
}

/** Before/after comparison without memory: what changed is credited to every event near it. */
export function runBaseline(events: BenchEvent[], samples: Samples, method: 'nearest' | 'window'): Answer[] {
  const series: SampleSeries = {
    atMs: Float64Array.from(samples.atS, (second) => second * 1000),
    powerW: samples.powerW,
  };
  const compare = method === 'nearest' ? nearestDifference : windowDifference;
  return events.map((event) => answerOfBaseline(compare(series, event.atS * 1000)));
}

function answerOfBaseline(found: BeforeAfter | null): Answer {
  if (!found) return { answered: false, deltaW: null, probability: 0, confidence: 0 };
  const credited = Math.abs(found.deltaW) >= CAUSAL_W;
  return {
    answered: true,
    deltaW: credited ? found.deltaW : null,
    probability: credited ? 1 : 0,
    confidence: credited ? 1 : 0,
  };
}
