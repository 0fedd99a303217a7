import { choleskyInPlace, inverseDiagonal, solveCholeskyInPlace } from './linear-algebra';

/**
 * A stretch of power seen as bins (plateaus between events, or the intervals of a slow meter):
 *   level[k] = background[k] + Σ share[k,e] · effect[e] + measurement noise
 *   background[k+1] − background[k] = drift, mostly small and now and then a step that no event explains.
 */
export interface StepProblem {
  eventCount: number;
  binCount: number;
  /** Measured level of each bin, W. */
  levelW: Float64Array;
  /** Variance of each measured level, W². */
  levelVariance: Float64Array;
  /** Variance of the drift from bin k to k+1, W². */
  driftVariance: Float64Array;
  /** How much of event e's effect bin k holds, row-major [bin][event], 0..1. */
  share: Float64Array;
  /** Uncertainty of that share because clocks are only so good, same shape. */
  shareSd: Float64Array;
  /** Other times at which the power may have changed: well before an event was stamped, and well after. Seldom asked for. */
  shifts: () => Shift[];
}

/** The shares again for events whose stamp is well off the change of power, and for which events that differs. */
export interface Shift {
  kind: 'late' | 'early';
  share: Float64Array;
  shareSd: Float64Array;
  differs: boolean[];
}

/** What is believed about the effects before looking: a Gaussian, given by its precision. */
export interface EffectPrior {
  mean: Float64Array;
  precision: Float64Array;
  /** log determinant of the precision. */
  logDeterminant: number;
}

export interface Solution {
  mean: Float64Array;
  variance: Float64Array;
  /** log p(levels | prior), up to a constant that is the same for every prior of one problem. */
  logEvidence: number;
}

const ITERATIONS = 6;
/** Relative change of a weight below which another round would change nothing. */
const CONVERGED = 0.1;
const DEGREES_OF_FREEDOM = 3;
/** How often the background makes a step of its own between two bins; such steps are of any size, log-uniform. */
const STEP_PROBABILITY = 0.17;
const STEP_SCALE_W = 30;
const STEP_NORMALISER = 1 / (2 * Math.log(1 + 4000 / STEP_SCALE_W));

const STUDENT_NORMALISER = Math.log(2 / (Math.PI * Math.sqrt(3)));

/** Log density and the weight (inverse effective variance) of a drift of r W. */
function driftNoise(r: number, variance: number, out: { logDensity: number; weight: number }): void {
  const ratio = (r * r) / variance;
  const usual =
    ((1 - STEP_PROBABILITY) * Math.exp(STUDENT_NORMALISER)) /
    Math.sqrt(variance) /
    (1 + ratio / DEGREES_OF_FREEDOM) ** 2;
  const size = Math.abs(r) + STEP_SCALE_W;
  const step = (STEP_PROBABILITY * STEP_NORMALISER) / size;
  const total = usual + step;
  const usualWeight = (DEGREES_OF_FREEDOM + 1) / (DEGREES_OF_FREEDOM + ratio) / variance;
  out.logDensity = Math.log(total);
  out.weight = (usual * usualWeight + step / (size * (Math.abs(r) + 1))) / total;
}

/** Reused from call to call: the solver runs several times per event and allocation would be most of its cost. */
let scratchSize = 0;
let hessian = new Float64Array(0);
let unknowns = new Float64Array(0);
let column = new Float64Array(0);
let levelWeight = new Float64Array(0);
let driftWeight = new Float64Array(0);
const noise = { logDensity: 0, weight: 0 };

function reserve(size: number): void {
  if (size <= scratchSize) return;
  scratchSize = size;
  hessian = new Float64Array(size * size);
  unknowns = new Float64Array(size);
  column = new Float64Array(size);
  levelWeight = new Float64Array(size);
  driftWeight = new Float64Array(size);
}

/** Robust Bayesian regression of the levels on the events' effects, all events of the stretch at once. */
export function solveSteps(problem: StepProblem, prior: EffectPrior): Solution {
  const { eventCount: n, binCount: bins, driftVariance } = problem;
  const size = n + bins;
  reserve(size);
  const effects = prior.mean.slice(0, n);
  for (let k = 0; k + 1 < bins; k++) driftWeight[k] = 1 / (driftVariance[k] as number);
  let logDeterminant = 0;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    fillPrior(prior, n, size);
    fillLevels(problem, effects, size);
    logDeterminant = choleskyInPlace(hessian, size);
    solveCholeskyInPlace(hessian, size, unknowns);
    for (let e = 0; e < n; e++) effects[e] = unknowns[e] as number;
    if (iteration + 1 === ITERATIONS || !reweightDrifts(driftVariance, n, bins)) break;
  }
  return {
    mean: effects,
    variance: inverseDiagonal(hessian, size, n, column),
    logEvidence: 0.5 * prior.logDeterminant - 0.5 * logDeterminant + logDensity(problem, prior, effects),
  };
}

function fillPrior(prior: EffectPrior, n: number, size: number): void {
  hessian.fill(0, 0, size * size);
  for (let i = 0; i < n; i++) {
    let right = 0;
    for (let j = 0; j < n; j++) {
      const precision = prior.precision[i * n + j] as number;
      if (precision === 0) continue;
      hessian[i * size + j] = precision;
      right += precision * (prior.mean[j] as number);
    }
    unknowns[i] = right;
  }
}

function fillLevels(problem: StepProblem, effects: Float64Array, size: number): void {
  const { eventCount: n, binCount: bins, levelW, levelVariance, share, shareSd } = problem;
  const origin = levelW[0] as number;
  for (let k = 0; k < bins; k++) {
    let variance = levelVariance[k] as number;
    for (let e = 0; e < n; e++) {
      const sd = (shareSd[k * n + e] as number) * (effects[e] as number);
      variance += sd * sd;
    }
    const weight = 1 / variance;
    levelWeight[k] = weight;
    // Relative to the first level: keeps the numbers small.
    const level = (levelW[k] as number) - origin;
    const row = n + k;
    for (let e = 0; e < n; e++) {
      const weighted = (share[k * n + e] as number) * weight;
      if (weighted === 0) continue;
      unknowns[e] = (unknowns[e] as number) + weighted * level;
      for (let g = 0; g <= e; g++) {
        hessian[e * size + g] = (hessian[e * size + g] as number) + weighted * (share[k * n + g] as number);
      }
      hessian[row * size + e] = weighted;
    }
    unknowns[row] = weight * level;
    hessian[row * size + row] = (hessian[row * size + row] as number) + weight + 1e-9;
    if (k === 0) continue;
    const drift = driftWeight[k - 1] as number;
    const former = row - 1;
    hessian[former * size + former] = (hessian[former * size + former] as number) + drift;
    hessian[row * size + row] = (hessian[row * size + row] as number) + drift;
    hessian[row * size + former] = -drift;
  }
}

/** Weighs each drift by how usual it looks; false when nothing changes any more. */
function reweightDrifts(driftVariance: Float64Array, n: number, bins: number): boolean {
  let changed = false;
  for (let k = 0; k + 1 < bins; k++) {
    const drift = (unknowns[n + k + 1] as number) - (unknowns[n + k] as number);
    driftNoise(drift, driftVariance[k] as number, noise);
    const former = driftWeight[k] as number;
    if (Math.abs(noise.weight - former) > CONVERGED * former) changed = true;
    driftWeight[k] = noise.weight;
  }
  return changed;
}

function logDensity(problem: StepProblem, prior: EffectPrior, effects: Float64Array): number {
  const { eventCount: n, binCount: bins, levelW, driftVariance, share } = problem;
  const origin = levelW[0] as number;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const di = (effects[i] as number) - (prior.mean[i] as number);
    for (let j = 0; j < n; j++) {
      const precision = prior.precision[i * n + j] as number;
      if (precision !== 0) sum -= 0.5 * di * ((effects[j] as number) - (prior.mean[j] as number)) * precision;
    }
  }
  for (let k = 0; k < bins; k++) {
    let residual = (levelW[k] as number) - origin - (unknowns[n + k] as number);
    for (let e = 0; e < n; e++) residual -= (share[k * n + e] as number) * (effects[e] as number);
    const weight = levelWeight[k] as number;
    sum += 0.5 * Math.log(weight) - 0.5 * residual * residual * weight;
    if (k + 1 === bins) continue;
    const drift = (unknowns[n + k + 1] as number) - (unknowns[n + k] as number);
    driftNoise(drift, driftVariance[k] as number, noise);
    sum += noise.logDensity;
  }
  return sum;
}
