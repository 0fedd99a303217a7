import { Cell } from './power-columns';

/** What a line through many points covers in each column of pixels. */
export interface PixelColumns {
  /** From the left of the plot. */
  x: number[];
  /** W. */
  low: number[];
  high: number[];
}

/**
 * The columns that a line through these points covers: a point is joined to the one before, nothing to a null.
 * @param from index of the first point, `to` of the last
 * @param xOf where a point is, px
 */
export function pixelColumns(
  cells: ArrayLike<Cell | undefined>,
  from: number,
  to: number,
  xOf: (index: number) => number,
): PixelColumns {
  const columns: PixelColumns = { x: [], low: [], high: [] };
  const { x: xs, low, high } = columns;
  let lastX = NaN;
  let lastValue: number | null = null;
  for (let index = from; index <= to; index += 1) {
    const value = cells[index];
    if (value === null || value === undefined) {
      lastValue = null;
      continue;
    }
    const x = Math.floor(xOf(index));
    if (lastValue === null) {
      add(columns, x, value, value);
    } else if (x === lastX) {
      const at = xs.length - 1;
      low[at] = Math.min(low[at] ?? value, value);
      high[at] = Math.max(high[at] ?? value, value);
    } else {
      const risePerPx: number = (value - lastValue) / (x - lastX);
      for (let before = lastValue; lastX < x; before += risePerPx) {
        lastX += 1;
        add(columns, lastX, before, lastX === x ? value : before + risePerPx);
      }
    }
    lastX = x;
    lastValue = value;
  }
  return columns;
}

function add({ x, low, high }: PixelColumns, at: number, before: number, value: number): void {
  x.push(at);
  low.push(Math.min(before, value));
  high.push(Math.max(before, value));
}
