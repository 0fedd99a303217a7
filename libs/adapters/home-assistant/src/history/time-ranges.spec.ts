import * as fc from 'fast-check';
import { Interval, uncovered } from './time-ranges';

const interval = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 15 }))
  .map(([fromMs, lengthMs]): Interval => ({ fromMs, toMs: fromMs + lengthMs }));

const holds = ({ fromMs, toMs }: Interval, ms: number) => fromMs < ms && ms <= toMs;

describe('uncovered', () => {
  it('holds exactly the instants of the range that nothing covers', () => {
    fc.assert(
      fc.property(interval, fc.array(interval, { maxLength: 8 }), (range, covered) => {
        const gaps = uncovered(range, covered);
        for (let ms = 0; ms <= 60; ms += 1) {
          const isMissing = holds(range, ms) && !covered.some((one) => holds(one, ms));
          expect(gaps.filter((gap) => holds(gap, ms))).toHaveLength(isMissing ? 1 : 0);
        }
        expect(gaps.every(({ fromMs, toMs }) => fromMs < toMs)).toBe(true);
      }),
    );
  });
});
