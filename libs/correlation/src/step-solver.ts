import { choleskyInPlace, leadingInverseBlock, solveCholeskyInPlace } from './linear-algebra';

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
  /** Both again for an event that was stamped long after the power changed, and where that makes a difference. */
  lateShare: Float64Array;
  lateShareSd: Float64Array;
  canBeLate: Uint8Array;
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
  covariance: Float64Array;
  /** log p(levels | prior), up to a constant that is the same for every prior of one problem. */
  logEvidence: number;
}

const ITERATIONS = 5;
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

/** Robust Bayesian regression of the levels on the events' effects, all events of the stretch at once. */
export function solveSteps(problem: StepProblem, prior: EffectPrior): Solution {
  const { eventCount: n, binCount: bins, levelW, levelVariance, driftVariance, share, shareSd } = problem;
  const size = n + bins;
  const hessian = new Float64Array(size * size);
  const unknowns = new Float64Array(size);
  const levelWeight = new Float64Array(bins);
  const driftWeight = new Float64Array(Math.max(0, bins - 1));
  const noise = { logDensity: 0, weight: 0 };
  // Work relative to the first level: keeps the numbers small and the diffuse start harmless.
  const origin = levelW[0] as number;
  const effects = prior.mean.slice();
  for (let k = 0; k + 1 < bins; k++) driftWeight[k] = 1 / (driftVariance[k] as number);
  let logDeterminant = 0;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    hessian.fill(0);
    for (let i = 0; i < n; i++) {
      let right = 0;
      for (let j = 0; j < n; j++) {
        const p = prior.precision[i * n + j] as number;
        hessian[i * size + j] = p;
        right += p * (prior.mean[j] as number);
      }
      unknowns[i] = right;
    }
    for (let k = 0; k < bins; k++) {
      let variance = levelVariance[k] as number;
      for (let e = 0; e < n; e++) {
        const sd = (shareSd[k * n + e] as number) * (effects[e] as number);
        variance += sd * sd;
      }
      const weight = 1 / variance;
      levelWeight[k] = weight;
      const level = (levelW[k] as number) - origin;
      const row = n + k;
      for (let e = 0; e < n; e++) {
        const f = share[k * n + e] as number;
        if (f === 0) continue;
        const fw = f * weight;
        unknowns[e] = (unknowns[e] as number) + fw * level;
        for (let g = 0; g <= e; g++) {
          const other = share[k * n + g] as number;
          if (other !== 0) hessian[e * size + g] = (hessian[e * size + g] as number) + fw * other;
        }
        hessian[row * size + e] = fw;
      }
      unknowns[row] = weight * level;
      hessian[row * size + row] = weight + 1e-9;
    }
    for (let k = 0; k + 1 < bins; k++) {
      const weight = driftWeight[k] as number;
      const a = n + k;
      const b = a + 1;
      hessian[a * size + a] = (hessian[a * size + a] as number) + weight;
      hessian[b * size + b] = (hessian[b * size + b] as number) + weight;
      hessian[b * size + a] = -weight;
    }
    logDeterminant = choleskyInPlace(hessian, size);
    solveCholeskyInPlace(hessian, size, unknowns);
    for (let e = 0; e < n; e++) effects[e] = unknowns[e] as number;
    if (iteration + 1 < ITERATIONS) {
      for (let k = 0; k + 1 < bins; k++) {
        const drift = (unknowns[n + k + 1] as number) - (unknowns[n + k] as number);
        driftNoise(drift, driftVariance[k] as number, noise);
        driftWeight[k] = noise.weight;
      }
    }
  }
  let logEvidence = 0.5 * prior.logDeterminant - 0.5 * logDeterminant;
  for (let i = 0; i < n; i++) {
    const di = (effects[i] as number) - (prior.mean[i] as number);
    for (let j = 0; j < n; j++) {
      const dj = (effects[j] as number) - (prior.mean[j] as number);
      logEvidence -= 0.5 * di * dj * (prior.precision[i * n + j] as number);
    }
  }
  for (let k = 0; k < bins; k++) {
    let residual = (levelW[k] as number) - origin - (unknowns[n + k] as number);
    for (let e = 0; e < n; e++) residual -= (share[k * n + e] as number) * (effects[e] as number);
    const weight = levelWeight[k] as number;
    logEvidence += 0.5 * Math.log(weight) - 0.5 * residual * residual * weight;
    if (k + 1 < bins) {
      const drift = (unknowns[n + k + 1] as number) - (unknowns[n + k] as number);
      driftNoise(drift, driftVariance[k] as number, noise);
      logEvidence += noise.logDensity;
    }
  }
  return { mean: effects, covariance: leadingInverseBlock(hessian, size, n), logEvidence };
}
