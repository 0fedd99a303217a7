/** Middle of the first `count` values, the upper one where there are two; reorders them. `count` is at least 1. */
export function upperMedian(values: number[] | Float64Array, count: number): number {
  const middle = count >> 1;
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1] as number;
    let i = low;
    let j = high;
    while (i <= j) {
      while ((values[i] as number) < pivot) i++;
      while ((values[j] as number) > pivot) j--;
      if (i > j) break;
      const swapped = values[i] as number;
      values[i++] = values[j] as number;
      values[j--] = swapped;
    }
    if (middle <= j) high = j;
    else if (middle >= i) low = i;
    else break;
  }
  return values[middle] as number;
}

/** Median of the first `count` values; reorders them. `count` is at least 1. */
export function median(values: number[] | Float64Array, count: number): number {
  const upper = upperMedian(values, count);
  if (count % 2 === 1) return upper;
  let lower = values[0] as number;
  for (let i = 1; i < count >> 1; i++) lower = Math.max(lower, values[i] as number);
  return (lower + upper) / 2;
}
