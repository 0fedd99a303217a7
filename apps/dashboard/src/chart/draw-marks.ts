import uPlot from 'uplot';
import { formatShare, power } from '../format/quantities';
import { ChartTheme } from './theme';

/** A home event on the chart. */
export interface Mark {
  atMs: number;
  title: string;
  /** What it did to the power, W. */
  deltaW: number;
  /** How sure that is, 0 to 1; null where that was not told. */
  confidence: number | null;
}

const RADIUS_PX = 4;
const NEXT_LABEL_PX = 64;

/** A line and a dot per event; its watts beside it, where there is room for them. */
export function drawMarks(plot: uPlot, marks: readonly Mark[], theme: ChartTheme): void {
  const { ctx, bbox } = plot;
  const scale = devicePixelRatio;
  let labelFrom = -Infinity;
  ctx.save();
  ctx.font = scaledFont(theme.font, scale);
  ctx.textBaseline = 'top';
  for (const mark of marks) {
    const x = plot.valToPos(mark.atMs / 1000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.globalAlpha = 0.35 + 0.65 * (mark.confidence ?? 0);
    ctx.strokeStyle = ctx.fillStyle = theme.event;
    ctx.lineWidth = scale;
    ctx.setLineDash([3 * scale, 3 * scale]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top + 2 * RADIUS_PX * scale);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.arc(x, bbox.top + RADIUS_PX * scale, RADIUS_PX * scale, 0, 2 * Math.PI);
    ctx.fill();
    if (x < labelFrom) continue;
    ctx.fillText(deltaText(mark.deltaW), x + 2 * RADIUS_PX * scale, bbox.top);
    labelFrom = x + NEXT_LABEL_PX * scale;
  }
  ctx.restore();
}

export function deltaText(deltaW: number): string {
  const { value, unit } = power(deltaW);
  return `${deltaW > 0 ? '+' : ''}${value} ${unit}`;
}

/** `Kettle on: +1.9 kW, 96 % sure` */
export function describeMark({ title, deltaW, confidence }: Mark): string {
  const sure = confidence === null ? '' : `, ${formatShare(confidence * 100)} sure`;
  return `${title}: ${deltaText(deltaW)}${sure}`;
}

function scaledFont(font: string, scale: number): string {
  return font.replace(/^(\d+)px/, (_all, size: string) => `${Number(size) * scale}px`);
}
