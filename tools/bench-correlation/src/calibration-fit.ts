import { StatedAnswer } from './evaluate';

/** Fewer answers than this make no knot of their own. */
const MIN_PER_KNOT = 150;

/**
 * Isotonic regression of "was right" on the stated probability (pool adjacent violators), as knots of
 * [stated, actual] for linear interpolation.
 */
export function fitCalibration(answers: StatedAnswer[]): [stated: number, actual: number][] {
  const sorted = [...answers].sort((a, b) => a.stated - b.stated);
  const pools: { stated: number; right: number; count: number }[] = [];
  let pool = { stated: 0, right: 0, count: 0 };
  for (const { stated, right } of sorted) {
    pool.stated += stated;
    pool.right += right ? 1 : 0;
    pool.count++;
    if (pool.count < MIN_PER_KNOT) continue;
    pools.push(pool);
    pool = { stated: 0, right: 0, count: 0 };
  }
  if (pool.count > 0) pools.push(pool);
  for (let i = 1; i < pools.length;) {
    const low = pools[i - 1];
    const high = pools[i];
    if (!low || !high || low.right / low.count < high.right / high.count) {
      i++;
      continue;
    }
    pools.splice(i - 1, 2, {
      stated: low.stated + high.stated,
      right: low.right + high.right,
      count: low.count + high.count,
    });
    i = Math.max(1, i - 1);
  }
  const round = (value: number): number => Math.round(value * 1000) / 1000;
  return pools.map(({ stated, right, count }) => [round(stated / count), round(right / count)]);
}
