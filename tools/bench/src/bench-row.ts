/** One measured figure, beside a peer's where there is one. */
export interface BenchRow {
  name: string;
  value: number;
  unit: string;
  /** The same work done by somebody else's code. */
  peer?: { name: string; value: number };
  /** value / peer.value */
  ratio?: number;
}

export function besidePeer(
  name: string,
  unit: string,
  value: number,
  peer: { name: string; value: number },
): BenchRow {
  return { name, value, unit, peer, ratio: value / peer.value };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** @param share 0 for the lowest, 1 for the highest */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
}
