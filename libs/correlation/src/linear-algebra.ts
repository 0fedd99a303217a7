/** Dense symmetric matrices, row-major in flat arrays; sizes here stay below about forty. */

/** Cholesky factor L (lower triangle, in place of a). */
export function choleskyInPlace(a: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) {
    const rowJ = j * n;
    let diagonal = a[rowJ + j] as number;
    for (let k = 0; k < j; k++) diagonal -= (a[rowJ + k] as number) * (a[rowJ + k] as number);
    // A variance that rounding has pushed to zero or below must not turn into NaN.
    if (!(diagonal > 1e-12)) diagonal = 1e-12;
    const root = Math.sqrt(diagonal);
    const inverse = 1 / root;
    a[rowJ + j] = root;
    for (let i = j + 1; i < n; i++) {
      const rowI = i * n;
      let value = a[rowI + j] as number;
      for (let k = 0; k < j; k++) value -= (a[rowI + k] as number) * (a[rowJ + k] as number);
      a[rowI + j] = value * inverse;
    }
  }
}

/** log|L Lᵀ|. */
export function logDeterminant(l: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(l[i * n + i] as number);
  return 2 * sum;
}

/** Solves L Lᵀ x = b in place of b. */
export function solveCholeskyInPlace(l: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let value = b[i] as number;
    for (let k = 0; k < i; k++) value -= (l[i * n + k] as number) * (b[k] as number);
    b[i] = value / (l[i * n + i] as number);
  }
  for (let i = n - 1; i >= 0; i--) {
    let value = b[i] as number;
    for (let k = i + 1; k < n; k++) value -= (l[k * n + i] as number) * (b[k] as number);
    b[i] = value / (l[i * n + i] as number);
  }
}

/** |L⁻¹ b|², which is bᵀ (L Lᵀ)⁻¹ b; b is overwritten. */
export function squaredNormOfHalfSolved(l: Float64Array, n: number, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    let value = b[i] as number;
    for (let k = 0; k < i; k++) value -= (l[i * n + k] as number) * (b[k] as number);
    value /= l[i * n + i] as number;
    b[i] = value;
    sum += value * value;
  }
  return sum;
}
