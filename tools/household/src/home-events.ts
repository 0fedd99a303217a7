import { DayScript } from './day-script';
import { distractorEvents } from './distractors';
import { Random } from './random';
import { Trace, Transition } from './trace';
import { EventTruth, HomeEvent } from './types';

export interface EventOptions {
  readonly seed: number | string;
  readonly latencyScale: number;
  readonly distractorRatio: number;
}

/** The longest that an event can differ from its transition at latency scale 1, in seconds. */
export const MAX_LATENCY_S = 15;

/** Every event whose transition falls on the script's day, in the order of their own times. */
export function eventsOfDay(traces: readonly Trace[], script: DayScript, options: EventOptions): HomeEvent[] {
  const random = Random.from(options.seed, 'events', script.day.key);
  const caused = traces.flatMap((trace) => eventsOfTrace(trace, script, random, options.latencyScale));
  const innocent = distractorEvents(caused, script, random, options.distractorRatio);
  return [...caused, ...innocent].sort((left, right) => left.at.getTime() - right.at.getTime());
}

function eventsOfTrace(trace: Trace, { day }: DayScript, random: Random, latencyScale: number): HomeEvent[] {
  const { control, id } = trace.appliance;
  if (control === undefined) return [];
  const domain = control.entityId.slice(0, control.entityId.indexOf('.'));
  return trace.transitions.flatMap((transition, index) => {
    if (transition.atS < day.startS || transition.atS >= day.endS) return [];
    const beforeS = trace.transitions[index - 1]?.atS ?? Number.NEGATIVE_INFINITY;
    const afterS = trace.transitions[index + 1]?.atS ?? Number.POSITIVE_INFINITY;
    const latencyS = drawLatencyS(random, domain) * latencyScale;
    // Half-way to its neighbours at most, so that one entity's events keep their order across midnight too.
    const earliestS = Math.max(-latencyScale * MAX_LATENCY_S, (beforeS - transition.atS) / 2);
    const latestS = (Math.min(afterS, Math.max(day.endS, transition.atS)) - transition.atS) / 2;
    const boundedS = Math.min(Math.max(latencyS, earliestS), latestS);
    return [
      {
        at: new Date(Math.round((transition.atS + boundedS) * 1000)),
        entityId: control.entityId,
        domain,
        state: transition.state,
        previousState: transition.previousState,
        attributes: transition.attributes,
        truth: truthOf(trace, transition, beforeS, afterS, id),
      },
    ];
  });
}

/** How late (+) or early (−) home automation notices: lamps mostly at once, polled devices within seconds. */
function drawLatencyS(random: Random, domain: string): number {
  const draw = random.next();
  if (domain === 'light') {
    if (draw < 0.72) return Math.abs(random.normal(0.1, 0.05));
    if (draw < 0.82) return -random.uniform(0.05, 1.5);
    if (draw < 0.96) return random.uniform(0.5, 3);
    return random.uniform(3, 12);
  }
  if (draw < 0.6) return Math.abs(random.normal(0.3, 0.15));
  if (draw < 0.85) return random.uniform(0.5, 4);
  return random.uniform(4, MAX_LATENCY_S);
}

function truthOf(
  trace: Trace,
  { atS }: Transition,
  beforeS: number,
  afterS: number,
  circuitId: string,
): EventTruth {
  const before = samples(trace, Math.max(atS - 20, beforeS), atS - 2);
  const after = samples(trace, Math.min(atS + 8, Math.max(atS, afterS - 1)), Math.min(atS + 28, afterS));
  const beforeW = before.length > 0 ? median(before) : trace.powerWAt(atS - 1);
  const afterW = after.length > 0 ? median(after) : trace.powerWAt(atS);
  const settled = afterS >= atS + 300 ? samples(trace, atS + 240, atS + 300) : null;
  const settledW =
    settled === null ? null : settled.reduce((sum, powerW) => sum + powerW, 0) / settled.length;
  return {
    circuitId,
    powerDeltaW: afterW - beforeW,
    settledPowerDeltaW: settledW === null ? null : settledW - beforeW,
    transitionAt: new Date(atS * 1000),
  };
}

function samples(trace: Trace, fromS: number, toS: number): number[] {
  const powersW: number[] = [];
  for (let atS = fromS; atS < toS; atS += 1) powersW.push(trace.powerWAt(atS));
  return powersW;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
