import fc from 'fast-check';
import { nearestIndex, panned, zoomed } from './time-range';

const bounds = { from: 0, to: 10_000 };

describe('Moving through time', () => {
  it('stays within what there is, and keeps its length while moving', () => {
    const length = fc.integer({ min: 60, max: 10_000 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(length, share, fc.integer({ min: -20_000, max: 20_000 }), (lengthS, at, byS) => {
        const from = at * (10_000 - lengthS);
        const moved = panned({ from, to: from + lengthS }, byS, bounds);
        expect(moved.from).toBeGreaterThanOrEqual(-1e-6);
        expect(moved.to).toBeLessThanOrEqual(10_000 + 1e-6);
        expect(moved.to - moved.from).toBeCloseTo(lengthS, 6);
      }),
    );
  });

  it('zooms around an instant that stays where it is', () => {
    expect(zoomed({ from: 2000, to: 6000 }, 0.5, 3000, bounds)).toEqual({ from: 2500, to: 4500 });
  });

  it('zooms neither past a minute nor past what there is', () => {
    expect(zoomed({ from: 2000, to: 2080 }, 0.1, 2040, bounds)).toEqual({ from: 2010, to: 2070 });
    expect(zoomed({ from: 9000, to: 10_000 }, 100, 9900, bounds)).toEqual(bounds);
  });
});

describe('nearestIndex', () => {
  it('finds the nearest instant', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { minLength: 1 }),
        fc.integer({ min: -10, max: 1010 }),
        (values, at) => {
          const times = values.sort((a, b) => a - b);
          const nearest = Math.min(...times.map((time) => Math.abs(time - at)));
          expect(Math.abs((times[nearestIndex(times, at)] ?? NaN) - at)).toBe(nearest);
        },
      ),
    );
  });

  it('finds none where there is none', () => {
    expect(nearestIndex([], 5)).toBe(-1);
  });
});
