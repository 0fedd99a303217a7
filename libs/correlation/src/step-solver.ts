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
let schur = new Float64Array(0);
let right = new Float64Array(0);
let column = new Float64Array(0);
let background = new Float64Array(0);
let pivot = new Float64Array(0);
let coupling = new Float64Array(0);
let levelWeight = new Float64Array(0);
let driftWeight = new Float64Array(0);
const noise = { logDensity: 0, weight: 0 };

function reserve(n: number, bins: number): void {
  if (n > right.length) {
    schur = new Float64Array(n * n);
    right = new Float64Array(n);
    column = new Float64Array(n);
  }
  if (bins > pivot.length) {
    background = new Float64Array(bins);
    pivot = new Float64Array(bins);
    levelWeight = new Float64Array(bins);
    driftWeight = new Float64Array(bins);
  }
  if (n * bins > coupling.length) coupling = new Float64Array(n * bins);
}

/**
 * Robust Bayesian regression of the levels on the events' effects, all events of the stretch at once. The backgrounds
 * form a chain and are eliminated one after the other; what remains is as large as the number of events.
 */
export function solveSteps(problem: StepProblem, prior: EffectPrior): Solution {
  const { eventCount: n, binCount: bins, driftVariance } = problem;
  reserve(n, bins);
  const effects = prior.mean.slice(0, n);
  for (let k = 0; k + 1 < bins; k++) driftWeight[k] = 1 / (driftVariance[k] as number);
  let logDeterminant = 0;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    startFromPrior(prior, n);
    logDeterminant = eliminateBackgrounds(problem, effects);
    logDeterminant += choleskyInPlace(schur, n);
    solveCholeskyInPlace(schur, n, right);
    for (let e = 0; e < n; e++) effects[e] = right[e] as number;
    findBackgrounds(n, bins, effects);
    if (iteration + 1 === ITERATIONS || !reweightDrifts(driftVariance, bins)) break;
  }
  return {
    mean: effects,
    variance: inverseDiagonal(schur, n, n, column),
    logEvidence: 0.5 * prior.logDeterminant - 0.5 * logDeterminant + logDensity(problem, prior, effects),
  };
}

function startFromPrior({ mean, precision }: EffectPrior, n: number): void {
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) {
      const own = precision[i * n + j] as number;
      schur[i * n + j] = own;
      if (own !== 0) sum += own * (mean[j] as number);
    }
    right[i] = sum;
  }
}

/** Adds every level to the normal equations and eliminates its background; returns the log determinant of that. */
function eliminateBackgrounds(problem: StepProblem, effects: Float64Array): number {
  const { eventCount: n, binCount: bins, levelW, levelVariance, share, shareSd } = problem;
  const origin = levelW[0] as number;
  let logDeterminant = 0;
  for (let k = 0; k < bins; k++) {
    const row = k * n;
    let variance = levelVariance[k] as number;
    for (let e = 0; e < n; e++) {
      const sd = (shareSd[row + e] as number) * (effects[e] as number);
      variance += sd * sd;
    }
    const weight = 1 / variance;
    levelWeight[k] = weight;
    // Relative to the first level: keeps the numbers small.
    const level = (levelW[k] as number) - origin;
    const toNext = k + 1 < bins ? (driftWeight[k] as number) : 0;
    const fromFormer = k > 0 ? (driftWeight[k - 1] as number) : 0;
    const carry = k > 0 ? fromFormer / (pivot[k - 1] as number) : 0;
    const own = weight + 1e-9 + toNext + fromFormer - fromFormer * carry;
    const rightOfLevel = weight * level + (k > 0 ? carry * (background[k - 1] as number) : 0);
    pivot[k] = own;
    background[k] = rightOfLevel;
    logDeterminant += Math.log(own);
    for (let e = 0; e < n; e++) {
      const weighted = (share[row + e] as number) * weight;
      coupling[row + e] = weighted + (k > 0 ? carry * (coupling[row - n + e] as number) : 0);
      if (weighted === 0) continue;
      right[e] = (right[e] as number) + weighted * level;
      for (let g = 0; g <= e; g++) {
        schur[e * n + g] = (schur[e * n + g] as number) + weighted * (share[row + g] as number);
      }
    }
    for (let e = 0; e < n; e++) {
      const scaled = (coupling[row + e] as number) / own;
      if (scaled === 0) continue;
      right[e] = (right[e] as number) - scaled * rightOfLevel;
      for (let g = 0; g <= e; g++) {
        schur[e * n + g] = (schur[e * n + g] as number) - scaled * (coupling[row + g] as number);
      }
    }
  }
  return logDeterminant;
}

/** Back substitution: the backgrounds that belong to the effects. */
function findBackgrounds(n: number, bins: number, effects: Float64Array): void {
  for (let k = bins - 1; k >= 0; k--) {
    let value = background[k] as number;
    for (let e = 0; e < n; e++) value -= (coupling[k * n + e] as number) * (effects[e] as number);
    if (k + 1 < bins) value += (driftWeight[k] as number) * (background[k + 1] as number);
    background[k] = value / (pivot[k] as number);
  }
}

/** Weighs each drift by how usual it looks; false when nothing changes any more. */
function reweightDrifts(driftVariance: Float64Array, bins: number): boolean {
  let changed = false;
  for (let k = 0; k + 1 < bins; k++) {
    const drift = (background[k + 1] as number) - (background[k] as number);
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
    let residual = (levelW[k] as number) - origin - (background[k] as number);
    for (let e = 0; e < n; e++) residual -= (share[k * n + e] as number) * (effects[e] as number);
    const weight = levelWeight[k] as number;
    sum += 0.5 * Math.log(weight) - 0.5 * residual * residual * weight;
    if (k + 1 === bins) continue;
    const drift = (background[k + 1] as number) - (background[k] as number);
    driftNoise(drift, driftVariance[k] as number, noise);
    sum += noise.logDensity;
  }
  return sum;
}
