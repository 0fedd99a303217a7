import { EffectModel, SWITCHING } from './effect-model';
import { EntityPrior } from './domain-priors';

/**
 * What has been learned of one family of an entity's events: Gaussian parameters (power when on, how the off
 * step differs, departures per brightness), the scatter from use to use, and whether there is any effect.
 */
export interface Signature {
  parameters: string[];
  mean: number[];
  /** Row-major covariance of the parameters. */
  covariance: number[];
  /** Scatter of single uses: weighted sum of squares and weight, for steps up and for steps down. */
  scatter: { up: Scatter; down: Scatter };
  /** log of P(has an effect) / P(has none). */
  logOdds: number;
  /** Events learned from. */
  count: number;
}

interface Scatter {
  sumW2: number;
  weight: number;
}

const PRIOR_SCATTER_SHARE = 0.17;
const PRIOR_SCATTER_WEIGHT = 2;
const MIN_SCATTER_W = 1;
/** The off step usually mirrors the on step this closely. */
const MIRROR_SHARE = 0.15;
const MAX_LOG_ODDS = 7;
/** Beyond this the question whether there is an effect counts as settled. */
export const SETTLED_LOG_ODDS = 4;
/** Standard deviation of the effect of an entity that has none. */
export const NULL_EFFECT_SD_W = 1.5;

export function createSignature(family: string, prior: EntityPrior): Signature {
  const probability = family === SWITCHING ? prior.effectProbability : 0.06;
  return {
    parameters: [],
    mean: [],
    covariance: [],
    scatter: { up: { sumW2: 0, weight: 0 }, down: { sumW2: 0, weight: 0 } },
    logOdds: Math.log(probability / (1 - probability)),
    count: 0,
  };
}

export function copySignature(signature: Signature): Signature {
  return {
    ...signature,
    parameters: [...signature.parameters],
    mean: [...signature.mean],
    covariance: [...signature.covariance],
    scatter: { up: { ...signature.scatter.up }, down: { ...signature.scatter.down } },
  };
}

/** Adds the parameters that the model needs and the signature does not have yet. */
export function ensureParameters(signature: Signature, model: EffectModel, prior: EntityPrior): void {
  for (const { parameter } of model.terms) {
    if (signature.parameters.includes(parameter)) continue;
    const power = signature.mean[signature.parameters.indexOf('power')];
    let mean = 0;
    let sd = prior.sdW;
    if (parameter === 'power') mean = prior.powerW;
    else if (parameter === 'off') sd = MIRROR_SHARE * (power === undefined ? prior.sdW : Math.abs(power)) + 3;
    else if (parameter.startsWith('share '))
      sd = 0.2 * (power === undefined ? prior.sdW : Math.abs(power)) + 3;
    addParameter(signature, parameter, mean, sd * sd);
  }
}

function addParameter(signature: Signature, name: string, mean: number, variance: number): void {
  const n = signature.parameters.length;
  const grown = new Array<number>((n + 1) * (n + 1)).fill(0);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) grown[i * (n + 1) + j] = signature.covariance[i * n + j] as number;
  }
  grown[n * (n + 1) + n] = variance;
  signature.parameters.push(name);
  signature.mean.push(mean);
  signature.covariance = grown;
}

/** Coefficients of the model in the order of the signature's parameters. */
export function coefficients(signature: Signature, model: EffectModel): number[] {
  const row = new Array<number>(signature.parameters.length).fill(0);
  for (const { parameter, coefficient } of model.terms) {
    const i = signature.parameters.indexOf(parameter);
    if (i >= 0) row[i] = (row[i] as number) + coefficient;
  }
  return row;
}

export function expectedEffect(signature: Signature, row: number[]): number {
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += (row[i] as number) * (signature.mean[i] as number);
  return sum;
}

export function effectCovariance(signature: Signature, a: number[], b: number[]): number {
  const n = a.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const ai = a[i] as number;
    if (ai === 0) continue;
    for (let j = 0; j < n; j++) sum += ai * (b[j] as number) * (signature.covariance[i * n + j] as number);
  }
  return sum;
}

/** Variance of one use around the signature. */
export function scatterVariance(
  signature: Signature,
  direction: number,
  effectW: number,
  variance: number,
): number {
  const { sumW2, weight } = direction >= 0 ? signature.scatter.up : signature.scatter.down;
  const usual = PRIOR_SCATTER_SHARE * PRIOR_SCATTER_SHARE * (effectW * effectW + variance / 4);
  const mixed = (PRIOR_SCATTER_WEIGHT * usual + sumW2) / (PRIOR_SCATTER_WEIGHT + weight);
  return Math.max(mixed, MIN_SCATTER_W * MIN_SCATTER_W);
}

/** What a solved event says about its signature. */
export interface Observation {
  row: number[];
  direction: number;
  priorMean: number;
  /** Prior variance of the effect, scatter included, and the scatter alone. */
  priorVariance: number;
  scatter: number;
  posteriorMean: number;
  posteriorVariance: number;
}

/** Moves the parameters towards a solved effect; `trust` in [0,1] is how sure it is that there was an effect. */
export function learn(signature: Signature, seen: Observation, trust: number): void {
  const n = signature.parameters.length;
  const { row, priorMean, priorVariance, posteriorMean, posteriorVariance, scatter } = seen;
  const gain = new Array<number>(n).fill(0);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += (signature.covariance[i * n + j] as number) * (row[j] as number);
    gain[i] = sum / priorVariance;
  }
  const shift = trust * (posteriorMean - priorMean);
  const shrink = trust * Math.max(0, priorVariance - posteriorVariance);
  for (let i = 0; i < n; i++) {
    signature.mean[i] = (signature.mean[i] as number) + (gain[i] as number) * shift;
    for (let j = 0; j < n; j++) {
      signature.covariance[i * n + j] =
        (signature.covariance[i * n + j] as number) - (gain[i] as number) * (gain[j] as number) * shrink;
    }
  }
  for (let i = 0; i < n; i++) {
    const own = i * n + i;
    signature.covariance[own] = Math.max(0, signature.covariance[own] as number) * 1.01 + 0.3 * trust;
  }
  boundDepartures(signature);
  const k = scatter / priorVariance;
  const eta = k * (posteriorMean - priorMean);
  const etaVariance = scatter * (1 - k) + k * k * posteriorVariance;
  const square = Math.min(eta * eta + Math.max(0, etaVariance), 16 * scatter);
  const side = seen.direction >= 0 ? signature.scatter.up : signature.scatter.down;
  side.sumW2 = (side.sumW2 + trust * square) * 0.995;
  side.weight = (side.weight + trust) * 0.995;
}

/** Once the power is known, its departures cannot stay as wide as the power was unknown. */
function boundDepartures(signature: Signature): void {
  const n = signature.parameters.length;
  const power = signature.parameters.indexOf('power');
  if (power < 0) return;
  const variance = signature.covariance[power * n + power] as number;
  const size = Math.abs(signature.mean[power] as number);
  const bound = (2 * MIRROR_SHARE * size + 3) ** 2 + variance;
  for (let i = 0; i < n; i++) {
    const own = signature.covariance[i * n + i] as number;
    if (i === power || own <= bound) continue;
    const scale = Math.sqrt(bound / own);
    for (let j = 0; j < n; j++) {
      signature.covariance[i * n + j] = (signature.covariance[i * n + j] as number) * scale;
      signature.covariance[j * n + i] = (signature.covariance[j * n + i] as number) * scale;
    }
  }
}

/** Moves the odds towards what a solved group says, never beyond recall. */
export function updateOdds(signature: Signature, logOdds: number): void {
  signature.logOdds = Math.max(-MAX_LOG_ODDS, Math.min(MAX_LOG_ODDS, logOdds));
}
