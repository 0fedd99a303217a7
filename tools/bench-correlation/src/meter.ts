import { Samples } from './home';
import { createRandom } from './random';

/** How a meter reports: instantaneous samples up to 10 s, interval means above, unless said otherwise. */
export interface MeterModel {
  intervalS: number;
  kind: 'instantaneous' | 'mean';
}

export function usualMeter(intervalS: number): MeterModel {
  return { intervalS, kind: intervalS <= 10 ? 'instantaneous' : 'mean' };
}

/**
 * What a meter makes of a 1 Hz series. Instantaneous: jittered by ±10 % of the interval, 1 % of the samples
 * dropped, four outages of 20..120 s a day. Mean: exact intervals stamped at their end. Both lag by `delayS`,
 * carry noise of 1 W × (1 + 0.3 % of P) and round to 1 W.
 */
export function measure(seriesW: Float32Array, model: MeterModel, delayS: number, seed: string): Samples {
  const random = createRandom(`meter ${seed} ${model.kind} ${model.intervalS}`);
  const lengthS = seriesW.length;
  const noisy = (powerW: number): number =>
    Math.round(powerW + random.normal(0, 1) * (1 + 0.003 * Math.abs(powerW)));
  const atS: number[] = [];
  const powerW: number[] = [];
  if (model.kind === 'instantaneous') {
    const outages: [number, number][] = [];
    for (let i = 0; i < Math.round((lengthS / 86_400) * 4); i++) {
      const start = random.uniform(0, lengthS);
      outages.push([start, start + random.uniform(20, 120)]);
    }
    outages.sort((a, b) => a[0] - b[0]);
    let outage = 0;
    const phase = random.uniform(0, model.intervalS);
    for (let k = 0; ; k++) {
      const jitterS = random.uniform(-0.1, 0.1) * model.intervalS;
      const t = Math.round((phase + k * model.intervalS + jitterS) * 10) / 10;
      if (t >= lengthS) break;
      while (outage < outages.length && (outages[outage]?.[1] ?? Infinity) < t) outage++;
      const dropped = random.chance(0.01) || (outages[outage]?.[0] ?? Infinity) <= t;
      const second = Math.floor(t - delayS);
      if (dropped || t < 0 || second < 0) continue;
      atS.push(t);
      powerW.push(noisy(seriesW[second] ?? 0));
    }
  } else {
    const phase = random.uniform(0, model.intervalS);
    for (let end = phase + model.intervalS; end < lengthS; end += model.intervalS) {
      const from = end - model.intervalS - delayS;
      const to = end - delayS;
      if (from < 0) continue;
      let energy = 0;
      for (let s = Math.floor(from); s < to; s++) {
        energy += (seriesW[s] ?? 0) * (Math.min(s + 1, to) - Math.max(s, from));
      }
      atS.push(end);
      powerW.push(noisy(energy / model.intervalS));
    }
  }
  return {
    atS: Float64Array.from(atS),
    powerW: Float64Array.from(powerW),
    averagedOverS: model.kind === 'mean' ? model.intervalS : 0,
  };
}
