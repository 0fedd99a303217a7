import {
  choleskyInPlace,
  logDeterminant,
  solveCholeskyInPlace,
  squaredNormOfHalfSolved,
} from './linear-algebra';

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

/**
 * What is believed about the effects before looking: Gaussian, with the covariance
 *   cov(e, g) = [e = g] · own[e] + [group[e] = group[g]] · common[e] · common[g].
 */
export interface EffectPrior {
  /** W. */
  mean: Float64Array;
  /** Variance that an effect has to itself, W². */
  own: Float64Array;
  /** Standard deviation, with its sign, that an effect shares with the others of its group, W; 0 = it shares none. */
  common: Float64Array;
  /** Index of the first event of the group. */
  group: Int32Array;
}

export interface Solution {
  mean: number[];
  variance: number[];
  /** log p(levels | prior), up to a constant that is the same for every prior of one problem. */
  logEvidence: number;
}

const ITERATIONS = 6;
/** Relative change of a drift's variance below which another round would change nothing. */
const CONVERGED = 0.1;
const DEGREES_OF_FREEDOM = 3;
/** How often the background makes a step of its own between two bins; such steps are of any size, log-uniform. */
const STEP_PROBABILITY = 0.17;
const STEP_SCALE_W = 30;
const STEP_DENSITY = STEP_PROBABILITY / (2 * Math.log(1 + 4000 / STEP_SCALE_W));
/** Student's t with three degrees of freedom at 0, times how often a drift is a usual one. */
const USUAL_DENSITY = ((1 - STEP_PROBABILITY) * 2) / (Math.PI * Math.sqrt(3));

/** Density of a usual drift of r W. */
function usualDensity(r: number, variance: number): number {
  const fall = 1 + (r * r) / (variance * DEGREES_OF_FREEDOM);
  return USUAL_DENSITY / (Math.sqrt(variance) * fall * fall);
}

/** Density of a drift of r W that is a step. */
function stepDensity(r: number): number {
  return STEP_DENSITY / (Math.abs(r) + STEP_SCALE_W);
}

/** The variance that makes a Gaussian treat a drift of r W as its mixture of usual drifts and steps does, W². */
function effectiveVariance(r: number, variance: number): number {
  const usual = usualDensity(r, variance);
  const step = stepDensity(r);
  const usualWeight = (DEGREES_OF_FREEDOM + 1) / (DEGREES_OF_FREEDOM * variance + r * r);
  const stepWeight = 1 / ((Math.abs(r) + STEP_SCALE_W) * (Math.abs(r) + 1));
  return (usual + step) / (usual * usualWeight + step * stepWeight);
}

/** Reused from call to call: the solver runs several times per event and allocation would be most of its cost. */
let eventCapacity = 0;
let stepCapacity = 0;
let slope = new Float64Array(0);
let joint = new Float64Array(0);
let effects = new Float64Array(0);
let spread = new Float64Array(0);
let covariance = new Float64Array(0);
let surprise = new Float64Array(0);
let pull = new Float64Array(0);
let column = new Float64Array(0);
let noise = new Float64Array(0);
let drift = new Float64Array(0);

function reserve(events: number, steps: number): void {
  if (events <= eventCapacity && steps <= stepCapacity) return;
  eventCapacity = Math.max(events, eventCapacity);
  stepCapacity = Math.max(steps, stepCapacity);
  slope = new Float64Array(eventCapacity * stepCapacity);
  joint = new Float64Array(eventCapacity * stepCapacity);
  effects = new Float64Array(eventCapacity);
  spread = new Float64Array(stepCapacity * stepCapacity);
  covariance = new Float64Array(stepCapacity * stepCapacity);
  surprise = new Float64Array(stepCapacity);
  pull = new Float64Array(stepCapacity);
  column = new Float64Array(stepCapacity);
  noise = new Float64Array(stepCapacity + 1);
  drift = new Float64Array(stepCapacity);
}

/**
 * Robust Bayesian regression of the levels on the events' effects, all events of the stretch at once. It works on the
 * steps between neighbouring bins, of which there are fewer than events where many share few samples.
 */
export function solveSteps(problem: StepProblem, prior: EffectPrior): Solution {
  const { eventCount: n, binCount, driftVariance } = problem;
  const steps = Math.max(0, binCount - 1);
  reserve(n, steps);
  predictSteps(problem, prior, steps);
  for (let e = 0; e < n; e++) effects[e] = prior.mean[e] as number;
  for (let k = 0; k < steps; k++) drift[k] = driftVariance[k] as number;
  for (let iteration = 1; ; iteration++) {
    findNoise(problem);
    addNoise(steps);
    choleskyInPlace(covariance, steps);
    for (let k = 0; k < steps; k++) pull[k] = surprise[k] as number;
    solveCholeskyInPlace(covariance, steps, pull);
    findEffects(prior, n, steps);
    if (iteration === ITERATIONS || !reweightDrifts(driftVariance, steps)) break;
  }
  const mean = new Array<number>(n);
  const variance = new Array<number>(n);
  for (let e = 0; e < n; e++) {
    mean[e] = effects[e] as number;
    variance[e] = remainingVariance(prior, e, steps);
  }
  return { mean, variance, logEvidence: logEvidence(problem, prior, steps) };
}

/** What the prior says about the steps between bins: their mean, and their covariance before any noise. */
function predictSteps(problem: StepProblem, prior: EffectPrior, steps: number): void {
  const { eventCount: n, levelW, share } = problem;
  const { mean, own, common, group } = prior;
  for (let k = 0; k < steps; k++) surprise[k] = (levelW[k + 1] as number) - (levelW[k] as number);
  spread.fill(0, 0, steps * steps);
  joint.fill(0, 0, n * steps);
  for (let e = 0; e < n; e++) {
    const row = e * steps;
    const jointRow = (group[e] as number) * steps;
    const expectedW = mean[e] as number;
    const shared = common[e] as number;
    for (let k = 0; k < steps; k++) {
      const at = k * n + e;
      const change = (share[at + n] as number) - (share[at] as number);
      slope[row + k] = change;
      if (change === 0) continue;
      surprise[k] = (surprise[k] as number) - expectedW * change;
      joint[jointRow + k] = (joint[jointRow + k] as number) + shared * change;
    }
    addOuter(slope, row, own[e] as number, steps);
  }
  for (let e = 0; e < n; e++) {
    if (group[e] === e && common[e] !== 0) addOuter(joint, e * steps, 1, steps);
  }
}

/** Adds factor · v · vᵀ to the lower triangle of the steps' covariance. */
function addOuter(vectors: Float64Array, from: number, factor: number, steps: number): void {
  for (let k = 0; k < steps; k++) {
    const scaled = factor * (vectors[from + k] as number);
    if (scaled === 0) continue;
    const row = k * steps;
    for (let j = 0; j <= k; j++)
      spread[row + j] = (spread[row + j] as number) + scaled * (vectors[from + j] as number);
  }
}

/** Variance of each level, with what is unsure about when the effects, as they are now, set in. */
function findNoise({ eventCount: n, binCount, levelVariance, shareSd }: StepProblem): void {
  for (let k = 0; k < binCount; k++) {
    let variance = levelVariance[k] as number;
    for (let e = 0, at = k * n; e < n; e++, at++) {
      const sd = (shareSd[at] as number) * (effects[e] as number);
      variance += sd * sd;
    }
    noise[k] = variance;
  }
}

/** The covariance of the steps: prior, drift, and the noise of the two levels at their ends. */
function addNoise(steps: number): void {
  for (let k = 0; k < steps; k++) {
    const row = k * steps;
    for (let j = 0; j <= k; j++) covariance[row + j] = spread[row + j] as number;
    if (k > 0) covariance[row + k - 1] = (covariance[row + k - 1] as number) - (noise[k] as number);
    covariance[row + k] =
      (covariance[row + k] as number) +
      (drift[k] as number) +
      (noise[k] as number) +
      (noise[k + 1] as number);
  }
}

function dotPull(vectors: Float64Array, from: number, steps: number): number {
  let sum = 0;
  for (let k = 0; k < steps; k++) sum += (vectors[from + k] as number) * (pull[k] as number);
  return sum;
}

function findEffects({ mean, own, common, group }: EffectPrior, n: number, steps: number): void {
  for (let e = 0; e < n; e++) {
    let change = (own[e] as number) * dotPull(slope, e * steps, steps);
    if (common[e] !== 0)
      change += (common[e] as number) * dotPull(joint, (group[e] as number) * steps, steps);
    effects[e] = (mean[e] as number) + change;
  }
}

/** Takes each drift for as wide as it looks; false when nothing changes any more. */
function reweightDrifts(driftVariance: Float64Array, steps: number): boolean {
  let changed = false;
  for (let k = 0; k < steps; k++) {
    const former = drift[k] as number;
    const next = effectiveVariance(former * (pull[k] as number), driftVariance[k] as number);
    if (Math.abs(next - former) > CONVERGED * next) changed = true;
    column[k] = next;
  }
  if (changed) for (let k = 0; k < steps; k++) drift[k] = column[k] as number;
  return changed;
}

/** Variance of an effect once the steps are known. */
function remainingVariance({ own, common, group }: EffectPrior, event: number, steps: number): number {
  const alone = own[event] as number;
  const shared = common[event] as number;
  const row = event * steps;
  const jointRow = (group[event] as number) * steps;
  for (let k = 0; k < steps; k++) {
    column[k] =
      alone * (slope[row + k] as number) + (shared === 0 ? 0 : shared * (joint[jointRow + k] as number));
  }
  const before = alone + shared * shared;
  return Math.max(1e-9 * before, before - squaredNormOfHalfSolved(covariance, steps, column));
}

function logEvidence(problem: StepProblem, prior: EffectPrior, steps: number): number {
  const { eventCount: n, driftVariance } = problem;
  let sum = -0.5 * logDeterminant(covariance, steps);
  for (let e = 0; e < n; e++) {
    sum -= 0.5 * dotPull(slope, e * steps, steps) * ((effects[e] as number) - (prior.mean[e] as number));
  }
  let former = 0;
  for (let k = 0; k < steps; k++) {
    const own = pull[k] as number;
    sum -= 0.5 * (noise[k] as number) * (former - own) ** 2;
    former = own;
    const variance = drift[k] as number;
    const driftW = variance * own;
    const usualVariance = driftVariance[k] as number;
    sum += Math.log(Math.sqrt(variance) * (usualDensity(driftW, usualVariance) + stepDensity(driftW)));
  }
  if (steps > 0) sum -= 0.5 * (noise[steps] as number) * former ** 2;
  return sum;
}
