import fc from 'fast-check';
import { pixelColumns } from './pixel-columns';

const columnsOf = (cells: (number | null)[], xs: number[]) =>
  pixelColumns(cells, 0, cells.length - 1, (index) => xs[index] ?? 0);

describe('pixelColumns', () => {
  it('spans the points of a column and joins the next to it', () => {
    expect(columnsOf([100, 300, 200, 50], [0, 0.4, 0.9, 1])).toEqual({
      x: [0, 1],
      low: [100, 50],
      high: [300, 200],
    });
  });

  it('goes straight through columns without a point', () => {
    expect(columnsOf([0, 300], [0, 3])).toEqual({
      x: [0, 1, 2, 3],
      low: [0, 0, 100, 200],
      high: [0, 100, 200, 300],
    });
  });

  it('leaves out what is unknown', () => {
    expect(columnsOf([100, null, 200], [0, 2, 4])).toEqual({ x: [0, 4], low: [100, 200], high: [100, 200] });
    expect(columnsOf([null, null], [0, 1]).x).toEqual([]);
  });

  it('covers every point, and every column between known ones', () => {
    const points = fc.array(
      fc.record({
        step: fc.double({ min: 0, max: 3, noNaN: true }),
        value: fc.option(fc.integer({ min: -5, max: 5 })),
      }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(points, (steps) => {
        let at = 0;
        const xs = steps.map(({ step }) => (at += step));
        const cells = steps.map(({ value }) => value);
        const { x, low, high } = columnsOf(cells, xs);
        cells.forEach((value, index) => {
          if (value === null) return;
          const column = Math.floor(xs[index] ?? 0);
          const covers = x.some(
            (one, i) => one === column && (low[i] ?? Infinity) <= value && value <= (high[i] ?? -Infinity),
          );
          expect(covers).toBe(true);
        });
        if (cells.every((value) => value !== null)) {
          const first = Math.floor(xs[0] ?? 0);
          expect(x).toEqual(Array.from({ length: Math.floor(at) - first + 1 }, (_, i) => first + i));
        }
      }),
    );
  });
});
