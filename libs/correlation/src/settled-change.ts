import { SettledChange } from './attribution';
import { EffectModel } from './effect-model';
import { EntityRegistry } from './entity-registry';
import { solveGroup } from './group-solver';
import { SampleBuffer } from './sample-buffer';
import { KnownEffect } from './stretch';

/** Domains whose loads may ramp for minutes. */
const SLOW_DOMAINS = new Set(['climate', 'water_heater', 'humidifier', 'fan']);
/** How long after its event such a load is looked at. */
export const SETTLED_HORIZON_S = 300;
/** The level that a ramp starts from is that of the event's own step. */
const STEPPED_FROM_S = 2;
const STEPPED_TO_S = 28;
const AFTER_FROM_S = 240;
export const AFTER_TO_S = 360;
/** Wandering of a home over five minutes that is always reckoned with, W; and how it is measured. */
const DRIFT_FLOOR_W = 15;
const DRIFT_LAGS = 7;
const DRIFT_WINDOW_S = 60;
/** A settled change counts as the event's only after so many events, and when it is this likely. */
const SURE_EVENTS = 3;
const SURE_PROBABILITY = 0.9;

export function mayRamp(domain: string): boolean {
  return SLOW_DOMAINS.has(domain);
}

/**
 * Looks for a ramp after an event: compares the power minutes later with that just after the event's own step,
 * less what other events did in between, and learns from it under a signature of its own. The settled change is
 * the step (`steppedW`) and the ramp together. null when there are no samples.
 */
export function settledChange(
  buffer: SampleBuffer,
  registry: EntityRegistry,
  event: { entityId: string; atMs: number; domain: string },
  model: EffectModel,
  steppedW: number,
  others: KnownEffect[],
  thresholdW: number,
): SettledChange | null {
  const before = meanBetween(buffer, event.atMs + STEPPED_FROM_S * 1000, event.atMs + STEPPED_TO_S * 1000);
  const after = meanBetween(buffer, event.atMs + AFTER_FROM_S * 1000, event.atMs + AFTER_TO_S * 1000);
  if (before === null || after === null) return null;
  let othersW = 0;
  let doubt = 0;
  for (const { atMs, effectW } of others) {
    if (atMs <= event.atMs || atMs > event.atMs + AFTER_TO_S * 1000) continue;
    othersW += effectW;
    doubt += (0.1 * effectW) ** 2;
  }
  const signature = registry.signature(`${event.entityId} settled`, model, event.entityId);
  const [estimate] = solveGroup(
    [{ model, signature, prior: registry.priorOf(event.entityId), lateProbability: 0, learns: true }],
    {
      eventCount: 1,
      binCount: 2,
      levelW: Float64Array.of(before, after - othersW),
      levelVariance: Float64Array.of(4, 4),
      driftVariance: Float64Array.of(usualDriftW(buffer, event.atMs) ** 2 + doubt),
      share: Float64Array.of(0, 1),
      shareSd: new Float64Array(2),
      shifts: () => [],
    },
    thresholdW,
  );
  if (!estimate) return null;
  const { deltaW, sdW, probability } = estimate;
  return {
    deltaW: steppedW + deltaW,
    sdW,
    probability,
    sure: probability >= SURE_PROBABILITY && signature.count > SURE_EVENTS,
  };
}

/** How much the power usually changes over the horizon, W (robust), in the time before the event. */
function usualDriftW(buffer: SampleBuffer, atMs: number): number {
  const changes: number[] = [];
  let later = meanBetween(buffer, atMs - DRIFT_WINDOW_S * 1000, atMs);
  for (let lag = 1; lag <= DRIFT_LAGS; lag++) {
    const toMs = atMs - lag * SETTLED_HORIZON_S * 1000;
    const earlier = meanBetween(buffer, toMs - DRIFT_WINDOW_S * 1000, toMs);
    if (later !== null && earlier !== null) changes.push(Math.abs(later - earlier));
    later = earlier;
  }
  if (changes.length < 3) return 10 * DRIFT_FLOOR_W;
  changes.sort((a, b) => a - b);
  return Math.max(DRIFT_FLOOR_W, 1.48 * (changes[changes.length >> 1] as number));
}

function meanBetween(buffer: SampleBuffer, fromMs: number, toMs: number): number | null {
  let sum = 0;
  let count = 0;
  for (let i = buffer.firstAtOrAfter(fromMs); i < buffer.length && buffer.atMs(i) <= toMs; i++) {
    if (buffer.atMs(i) - buffer.averagedOverS(i) * 1000 < fromMs - 1000) continue;
    sum += buffer.powerW(i);
    count++;
  }
  return count === 0 ? null : sum / count;
}
