import fc from 'fast-check';
import { median, upperMedian } from './median';

describe('median', () => {
  it('is the middle of what sorting gives', () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(values, (numbers) => {
        const sorted = numbers.toSorted((a, b) => a - b);
        const middle = numbers.length >> 1;
        const upper = sorted[middle] as number;
        const lower = sorted[numbers.length % 2 === 1 ? middle : middle - 1] as number;
        expect(upperMedian(Float64Array.from(numbers), numbers.length)).toBeCloseTo(upper, 12);
        expect(median([...numbers], numbers.length)).toBe((lower + upper) / 2);
      }),
    );
  });
});
