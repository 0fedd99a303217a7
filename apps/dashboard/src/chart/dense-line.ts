import uPlot from 'uplot';
import { pixelColumns } from './pixel-columns';

/** With fewer points per pixel than this their line itself is drawn. */
const DENSE_POINTS_PER_PX = 2;

export interface DenseLineStyle {
  stroke: string;
  widthPx: number;
  /** Between the line and zero. */
  fill: string | undefined;
}

/**
 * A line that is drawn column by column where there are more points than pixels: it covers the same pixels, and many
 * short strokes cost a browser without a graphics card ten times as much as some rectangles.
 */
export function denseLine(style: DenseLineStyle, line: uPlot.Series.PathBuilder): uPlot.Series.PathBuilder {
  return (plot, series, from, to) => {
    if (to - from < DENSE_POINTS_PER_PX * plot.bbox.width) return line(plot, series, from, to);
    drawColumns(plot, series, from, to, style);
    return null;
  };
}

function drawColumns(plot: uPlot, series: number, from: number, to: number, style: DenseLineStyle): void {
  const { ctx, bbox, data, scales } = plot;
  const times = data[0];
  const { min: first = 0, max: last = 1 } = scales['x'] ?? {};
  const { min: bottom = 0, max: top = 1 } = scales['y'] ?? {};
  const pxPerS = bbox.width / ((last ?? 1) - (first ?? 0));
  const pxPerW = bbox.height / ((top ?? 1) - (bottom ?? 0));
  const yOf = (powerW: number) => Math.round(bbox.top + ((top ?? 1) - powerW) * pxPerW);
  const { x, low, high } = pixelColumns(
    data[series] ?? [],
    from,
    to,
    (index) => ((times[index] ?? 0) - (first ?? 0)) * pxPerS,
  );
  const width = Math.round(style.widthPx * devicePixelRatio);
  const lift = Math.floor(width / 2);
  // uPlot remembers what it has set: everything is put back.
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  if (style.fill !== undefined) {
    const zero = yOf(0);
    ctx.fillStyle = style.fill;
    x.forEach((column, i) => {
      const near = (low[i] ?? 0) > 0 ? (low[i] ?? 0) : Math.min(0, high[i] ?? 0);
      ctx.fillRect(bbox.left + column, zero, 1, yOf(near) - zero);
    });
  }
  ctx.fillStyle = style.stroke;
  x.forEach((column, i) => {
    const y = yOf(high[i] ?? 0);
    ctx.fillRect(bbox.left + column, y - lift, 1, yOf(low[i] ?? 0) - y + width);
  });
  ctx.restore();
}
