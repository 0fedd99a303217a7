import { StepProblem } from './step-solver';

type ProblemArrays = Pick<StepProblem, 'levelW' | 'levelVariance' | 'driftVariance' | 'share' | 'shareSd'>;

let arrays = allocate(16, 64);

/**
 * Arrays for one problem, to be filled completely. They are reused: a problem is good until the next one is
 * built, which spares the collector five buffers per group.
 */
export function problemArrays(bins: number, shares: number): ProblemArrays {
  if (bins > arrays.levelW.length || shares > arrays.share.length) {
    arrays = allocate(Math.max(bins, arrays.levelW.length) * 2, Math.max(shares, arrays.share.length) * 2);
  }
  return arrays;
}

function allocate(bins: number, shares: number): ProblemArrays {
  return {
    levelW: new Float64Array(bins),
    levelVariance: new Float64Array(bins),
    driftVariance: new Float64Array(bins),
    share: new Float64Array(shares),
    shareSd: new Float64Array(shares),
  };
}
