import uPlot from 'uplot';
import { Band } from './gap-bands';
import { ChartTheme } from './theme';

const NARROWEST_PX = 3;

/** Stretches without readings are hatched, those filled later are dotted: told apart also without colours. */
export function drawBands(plot: uPlot, bands: readonly Band[], theme: ChartTheme): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const band of bands) {
    const left = plot.valToPos(band.fromMs / 1000, 'x', true);
    const right = plot.valToPos(band.toMs / 1000, 'x', true);
    if (right < bbox.left || left > bbox.left + bbox.width) continue;
    const width = Math.max(NARROWEST_PX * devicePixelRatio, right - left);
    ctx.fillStyle = band.kind === 'backfilled' ? dots(ctx, theme.dots) : hatching(ctx, theme.hatch);
    ctx.fillRect(left, bbox.top, width, bbox.height);
  }
  ctx.restore();
}

const patterns = new Map<string, CanvasPattern>();

function pattern(
  ctx: CanvasRenderingContext2D,
  key: string,
  sizePx: number,
  draw: (c: CanvasRenderingContext2D) => void,
) {
  const known = patterns.get(key);
  if (known) return known;
  const tile = document.createElement('canvas');
  tile.width = tile.height = Math.round(sizePx * devicePixelRatio);
  const tileContext = tile.getContext('2d');
  if (!tileContext) return 'transparent';
  tileContext.scale(devicePixelRatio, devicePixelRatio);
  draw(tileContext);
  const made = ctx.createPattern(tile, 'repeat');
  if (!made) return 'transparent';
  patterns.set(key, made);
  return made;
}

function hatching(ctx: CanvasRenderingContext2D, colour: string) {
  return pattern(ctx, `hatch ${colour} ${devicePixelRatio}`, 8, (tile) => {
    tile.strokeStyle = colour;
    tile.lineWidth = 1.5;
    tile.beginPath();
    for (const shift of [-8, 0, 8]) {
      tile.moveTo(shift - 1, 9);
      tile.lineTo(shift + 9, -1);
    }
    tile.stroke();
  });
}

function dots(ctx: CanvasRenderingContext2D, colour: string) {
  return pattern(ctx, `dots ${colour} ${devicePixelRatio}`, 8, (tile) => {
    tile.fillStyle = colour;
    tile.beginPath();
    tile.arc(4, 4, 1, 0, 2 * Math.PI);
    tile.fill();
  });
}
