/** Dense symmetric matrices, row-major in flat arrays; sizes here stay below about forty. */

/** Cholesky factor L (lower triangle, in place of a); returns log|a|. */
export function choleskyInPlace(a: Float64Array, n: number): number {
  let logDeterminant = 0;
  for (let j = 0; j < n; j++) {
    const rowJ = j * n;
    let diagonal = a[rowJ + j] as number;
    for (let k = 0; k < j; k++) diagonal -= (a[rowJ + k] as number) * (a[rowJ + k] as number);
    // A variance that rounding has pushed to zero or below must not turn into NaN.
    if (!(diagonal > 1e-12)) diagonal = 1e-12;
    logDeterminant += Math.log(diagonal);
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

/** The first `count` diagonal elements of the inverse of L Lᵀ; `column` is scratch of length n. */
export function inverseDiagonal(
  l: Float64Array,
  n: number,
  count: number,
  column: Float64Array,
): Float64Array {
  const diagonal = new Float64Array(count);
  for (let j = 0; j < count; j++) {
    let sum = 0;
    for (let i = j; i < n; i++) {
      let value = i === j ? 1 : 0;
      for (let k = j; k < i; k++) value -= (l[i * n + k] as number) * (column[k] as number);
      value /= l[i * n + i] as number;
      column[i] = value;
      sum += value * value;
    }
    diagonal[j] = sum;
  }
  return diagonal;
}
