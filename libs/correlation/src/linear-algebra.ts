/** Dense symmetric matrices, row-major in flat arrays; sizes here stay below about forty. */

/** Cholesky factor L (lower, in place of a) of a + jitter; returns log|a|. */
export function choleskyInPlace(a: Float64Array, n: number): number {
  let logDeterminant = 0;
  for (let j = 0; j < n; j++) {
    let diagonal = a[j * n + j] as number;
    for (let k = 0; k < j; k++) diagonal -= (a[j * n + k] as number) ** 2;
    // A variance that rounding has pushed to zero or below must not turn into NaN.
    if (!(diagonal > 1e-12)) diagonal = 1e-12;
    logDeterminant += Math.log(diagonal);
    const root = Math.sqrt(diagonal);
    a[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      let value = a[i * n + j] as number;
      for (let k = 0; k < j; k++) value -= (a[i * n + k] as number) * (a[j * n + k] as number);
      a[i * n + j] = value / root;
    }
  }
  return logDeterminant;
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

/** Inverse of the symmetric positive definite matrix, and its log determinant. */
export function invert(a: Float64Array, n: number): { inverse: Float64Array; logDeterminant: number } {
  const l = a.slice();
  const logDeterminant = choleskyInPlace(l, n);
  const inverse = new Float64Array(n * n);
  const column = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    column.fill(0);
    column[j] = 1;
    solveCholeskyInPlace(l, n, column);
    for (let i = 0; i < n; i++) inverse[i * n + j] = column[i] as number;
  }
  return { inverse, logDeterminant };
}

/** The leading m×m block of the inverse of L Lᵀ. */
export function leadingInverseBlock(l: Float64Array, n: number, m: number): Float64Array {
  const block = new Float64Array(m * m);
  const column = new Float64Array(n);
  for (let j = 0; j < m; j++) {
    column.fill(0);
    column[j] = 1;
    solveCholeskyInPlace(l, n, column);
    for (let i = 0; i < m; i++) block[i * m + j] = column[i] as number;
  }
  return block;
}
