/** Middle value; null of nothing. Sorts in place. */
export function medianInPlace(values: number[]): number | null {
  if (values.length === 0) return null;
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  const upper = values[middle] as number;
  return values.length % 2 === 1 ? upper : ((values[middle - 1] as number) + upper) / 2;
}

/**
 * Change of a device's own power around a switching at `second`: median over [+8, +28] s minus median over
 * [-20, -2] s, both clipped at the device's neighbouring switchings.
 */
export function trueDeltaW(
  powerAtW: (second: number) => number,
  second: number,
  previousSwitching: number,
  nextSwitching: number,
): number {
  const before: number[] = [];
  for (let s = Math.max(second - 20, previousSwitching); s <= second - 2; s++) before.push(powerAtW(s));
  if (before.length === 0) before.push(powerAtW(second - 1));
  const after: number[] = [];
  for (let s = second + 8; s <= Math.min(second + 28, nextSwitching - 1); s++) after.push(powerAtW(s));
  if (after.length === 0) after.push(powerAtW(Math.max(second, nextSwitching - 1)));
  return (medianInPlace(after) ?? 0) - (medianInPlace(before) ?? 0);
}
