import fc from 'fast-check';
import {
  choleskyInPlace,
  logDeterminant,
  solveCholeskyInPlace,
  squaredNormOfHalfSolved,
} from './linear-algebra';
import { solveSteps } from './step-solver';

describe('linear algebra', () => {
  const positiveDefinite = fc.integer({ min: 1, max: 6 }).chain((n) =>
    fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: n * n, maxLength: n * n }).map((b) => {
      const a = new Float64Array(n * n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          let sum = i === j ? 1 : 0;
          for (let k = 0; k < n; k++) sum += (b[i * n + k] ?? 0) * (b[j * n + k] ?? 0);
          a[i * n + j] = sum;
        }
      }
      return { a, n };
    }),
  );

  const times = (a: Float64Array, n: number, x: Float64Array): number[] =>
    Array.from({ length: n }, (_, i) => {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += (a[i * n + k] as number) * (x[k] as number);
      return sum;
    });

  it('solves: A · x = b, and bᵀ · x is the squared norm of the half solved b', () => {
    fc.assert(
      fc.property(positiveDefinite, ({ a, n }) => {
        const b = Float64Array.from({ length: n }, (_, i) => i + 1);
        const l = a.slice();
        choleskyInPlace(l, n);
        const x = b.slice();
        solveCholeskyInPlace(l, n, x);
        times(a, n, x).forEach((value, i) => expect(value).toBeCloseTo(b[i] as number, 5));
        const inner = b.reduce((sum, value, i) => sum + value * (x[i] as number), 0);
        expect(squaredNormOfHalfSolved(l, n, b.slice())).toBeCloseTo(inner, 5);
      }),
    );
  });

  it('knows the determinant of a diagonal, and that scaling by c adds n · log c', () => {
    fc.assert(
      fc.property(positiveDefinite, ({ a, n }) => {
        const ofOne = a.slice();
        choleskyInPlace(ofOne, n);
        const ofThree = a.map((value) => 3 * value);
        choleskyInPlace(ofThree, n);
        expect(logDeterminant(ofThree, n)).toBeCloseTo(logDeterminant(ofOne, n) + n * Math.log(3), 6);
      }),
    );
    const diagonal = Float64Array.of(2, 0, 0, 8);
    choleskyInPlace(diagonal, 2);
    expect(logDeterminant(diagonal, 2)).toBeCloseTo(Math.log(16), 9);
  });

  it('survives a matrix that is not positive definite', () => {
    const l = Float64Array.of(0, 0, 0, -1);
    const b = Float64Array.of(1, 1);
    choleskyInPlace(l, 2);
    solveCholeskyInPlace(l, 2, b);
    expect([...b].every(Number.isFinite)).toBe(true);
  });
});

describe('solveSteps', () => {
  const flat = (levels: number[], share: number[]): Parameters<typeof solveSteps>[0] => ({
    eventCount: 1,
    binCount: levels.length,
    levelW: Float64Array.from(levels),
    levelVariance: new Float64Array(levels.length).fill(1),
    driftVariance: new Float64Array(levels.length - 1).fill(4),
    share: Float64Array.from(share),
    shareSd: new Float64Array(levels.length),
    shifts: () => [],
  });
  const prior = (mean: number, sd: number): Parameters<typeof solveSteps>[1] => ({
    mean: Float64Array.of(mean),
    own: Float64Array.of(sd ** 2),
    common: Float64Array.of(0),
    group: Int32Array.of(0),
  });

  it('finds a plain step', () => {
    const { mean, variance } = solveSteps(flat([100, 160], [0, 1]), prior(0, 500));
    expect(mean[0]).toBeCloseTo(60, 0);
    expect(Math.sqrt(variance[0] as number)).toBeLessThan(6);
  });

  it('uses the share of an interval that lies after the event', () => {
    const { mean } = solveSteps(flat([100, 145, 160], [0, 0.75, 1]), prior(0, 500));
    expect(mean[0]).toBeCloseTo(60, 0);
  });

  it('leaves a step that contradicts what is well known to the background', () => {
    const { mean } = solveSteps(flat([100, 1160], [0, 1]), prior(60, 3));
    expect(Math.abs((mean[0] as number) - 60)).toBeLessThan(6);
  });

  it('finds the right prior more likely than the wrong one', () => {
    const problem = flat([100, 160], [0, 1]);
    const right = solveSteps(problem, prior(60, 5)).logEvidence;
    expect(right).toBeGreaterThan(solveSteps(problem, prior(0, 1.5)).logEvidence + 3);
    expect(right).toBeGreaterThan(solveSteps(problem, prior(900, 50)).logEvidence + 3);
  });
});

describe('solveSteps, several events at once', () => {
  /** Two events of one device: the same power, known to 400 W, that is used to 2 W. */
  const shared = {
    mean: Float64Array.of(100, -100),
    own: Float64Array.of(4, 4),
    common: Float64Array.of(400, -400),
    group: Int32Array.of(0, 0),
  };
  const alone = { ...shared, own: Float64Array.of(160_004, 160_004), common: Float64Array.of(0, 0) };
  const problem = (levels: number[]): Parameters<typeof solveSteps>[0] => ({
    eventCount: 2,
    binCount: levels.length,
    levelW: Float64Array.from(levels),
    levelVariance: new Float64Array(levels.length).fill(1),
    driftVariance: new Float64Array(levels.length - 1).fill(4),
    share: Float64Array.of(0, 0, 1, 0, 1, 1),
    shareSd: new Float64Array(6),
    shifts: () => [],
  });

  it('lets what one shows speak for the other of the same power', () => {
    const onAlone: Parameters<typeof solveSteps>[0] = { ...problem([500, 800]), binCount: 2 };
    onAlone.share = Float64Array.of(0, 0, 1, 0);
    expect(solveSteps(onAlone, shared).mean[1]).toBeCloseTo(-300, -1);
    expect(solveSteps(onAlone, alone).mean[1]).toBeCloseTo(-100, 3);
  });

  it('finds two steps that sharing has nothing to add to, either way', () => {
    for (const prior of [shared, alone]) {
      const { mean } = solveSteps(problem([500, 800, 500]), prior);
      expect([Math.round(mean[0] as number), Math.round(mean[1] as number)]).toEqual([300, -300]);
    }
  });

  it('is what the prior says where there is but one level', () => {
    const nothing = { ...problem([500]), binCount: 1, driftVariance: new Float64Array(0) };
    const { mean, variance, logEvidence } = solveSteps(nothing, shared);
    expect(mean).toEqual([100, -100]);
    expect(variance).toEqual([160_004, 160_004]);
    expect(logEvidence).toBeCloseTo(0, 12);
  });

  it('never knows less for having looked, and is never sure beyond reason', () => {
    const levels = fc.array(fc.double({ min: -1e5, max: 1e5, noNaN: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(levels, (ofBins) => {
        const { variance, logEvidence } = solveSteps(problem(ofBins), shared);
        expect(Number.isFinite(logEvidence)).toBe(true);
        for (const one of variance) {
          expect(one).toBeGreaterThan(0);
          expect(one).toBeLessThanOrEqual(160_004);
        }
      }),
    );
  });
});
