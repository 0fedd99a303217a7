/** A power with how sure it is, W. */
export interface PowerEvidence {
  powerW: number;
  sdW: number;
}

/** The combination of independent evidence, each as sure as it says; null where there is none. */
export function combine(evidence: readonly PowerEvidence[]): PowerEvidence | null {
  let weights = 0;
  let sum = 0;
  for (const { powerW, sdW } of evidence) {
    const weight = 1 / Math.max(1, sdW * sdW);
    weights += weight;
    sum += weight * powerW;
  }
  return weights === 0 ? null : { powerW: sum / weights, sdW: Math.sqrt(1 / weights) };
}

export interface Typical {
  /** Median, W. */
  powerW: number;
  /** How far single cases are from it, W. */
  scatterW: number;
  /** How sure the median is, W. */
  sdW: number;
  count: number;
}

/**
 * Doubts below this share of the power do not tell evidence apart: among a few cases, a wrong large one whose watts of
 * doubt are small beside it must not outweigh right ones.
 */
const SAME_SHARE = 0.15;
/** MAD to standard deviation, for a normal distribution. */
const SD_PER_MAD = 1.4826;

/** What is typical of many cases, whatever some of them are; null without any. */
export function typical(evidence: readonly PowerEvidence[]): Typical | null {
  if (evidence.length === 0) return null;
  const powerW = weightedMedian(evidence.map((one) => [one.powerW, weightOf(one)]));
  const deviations = evidence.map((one): [number, number] => [Math.abs(one.powerW - powerW), weightOf(one)]);
  const usualSdW = weightedMedian(evidence.map(({ sdW }) => [sdW, 1]));
  const scatterW = Math.max(usualSdW, SD_PER_MAD * weightedMedian(deviations));
  return { powerW, scatterW, sdW: scatterW / Math.sqrt(evidence.length), count: evidence.length };
}

/** By how sure a power is in proportion: a wrong small one is told with as few watts of doubt as it has watts. */
function weightOf({ powerW, sdW }: PowerEvidence): number {
  return 1 / (SAME_SHARE ** 2 + (sdW / Math.max(1, Math.abs(powerW))) ** 2);
}

function weightedMedian(values: readonly (readonly [value: number, weight: number])[]): number {
  const sorted = [...values].sort(([a], [b]) => a - b);
  const half = sorted.reduce((sum, [, weight]) => sum + weight, 0) / 2;
  let sum = 0;
  for (const [index, [value, weight]] of sorted.entries()) {
    sum += weight;
    if (sum > half) return value;
    const next = sorted[index + 1];
    if (sum === half && next) return (value + next[0]) / 2;
  }
  return sorted.at(-1)?.[0] ?? 0;
}
