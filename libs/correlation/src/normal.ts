/** Further out than this the approximation below cannot tell the probability from 0 or 1. */
const CERTAIN_SD = 5.3;

/** Standard normal cumulative distribution (Abramowitz and Stegun 7.1.26, absolute error below 2e-7). */
function normalCdf(z: number): number {
  if (z > CERTAIN_SD) return 1;
  if (z < -CERTAIN_SD) return 0;
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - poly * Math.exp(-x * x);
  return z >= 0 ? 0.5 * (1 + erf) : 0.5 * (1 - erf);
}

/** P(low < X < high) of a normal X. */
export function betweenProbability(mean: number, sd: number, low: number, high: number): number {
  const width = Math.max(sd, 1e-6);
  return Math.max(0, normalCdf((high - mean) / width) - normalCdf((low - mean) / width));
}
