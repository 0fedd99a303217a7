import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { localTicks, powerAxis, timeAxis } from './axes';
import { denseLine } from './dense-line';
import { drawBands } from './draw-bands';
import { drawMarks, Mark } from './draw-marks';
import { Band } from './gap-bands';
import { PowerColumns, PowerSeries } from './power-columns';
import { ChartTheme, SERIES_NAMES } from './theme';
import { TimeRange } from './time-range';

/** What cannot change without a new plot. */
export interface PlotShape {
  series: readonly PowerSeries[];
  /** Whether the lowest and the highest of each step are known. */
  hasSpread: boolean;
  /** A single reading holds until the next, a mean since the one before; means of steps are joined by lines. */
  holds: 'until next' | 'since last' | null;
  timeZone: string;
}

export interface PlotCursor {
  index: number;
  leftPx: number;
  /** Under the cursor, seconds since 1970: not that of the nearest point. */
  time: number;
}

export interface PlotOptions extends PlotShape {
  root: HTMLElement;
  theme: ChartTheme;
  /** Where the cursor is, and the point that is nearest; null where it left. */
  onCursor(cursor: PlotCursor | null): void;
}

const SPREAD_SERIES = 2;
const NARROW_PX = 480;

/** The power chart on its canvas. */
export class PowerPlot {
  private readonly plot: uPlot;
  private readonly resizing: ResizeObserver;
  private bands: readonly Band[] = [];
  private marks: readonly Mark[] = [];
  private shown: TimeRange = { from: 0, to: 1 };
  private frame = 0;
  /** Values are not read while the chart is moved: the frames belong to the movement. */
  isMoving = false;

  constructor(private readonly options: PlotOptions) {
    const { root } = options;
    this.plot = new uPlot(this.configuration(), [[]], root);
    this.resizing = new ResizeObserver(() => this.plot.setSize(sizeOf(root)));
    this.resizing.observe(root);
  }

  /** The part of the canvas that lines are drawn on. */
  get area(): HTMLElement {
    return this.plot.over;
  }

  get range(): TimeRange {
    return this.shown;
  }

  setColumns({ times, powers, homeMin, homeMax }: PowerColumns): void {
    const { series, hasSpread } = this.options;
    const spread = hasSpread ? [homeMax, homeMin] : [];
    this.plot.setData([times, ...spread, ...series.map((one) => powers[one])], false);
    this.apply();
  }

  setBands(bands: readonly Band[], marks: readonly Mark[]): void {
    this.bands = bands;
    this.marks = marks;
    this.plot.redraw(false);
  }

  /** Shows this range from the next frame on. */
  setRange(range: TimeRange): void {
    this.shown = range;
    this.frame ||= requestAnimationFrame(() => this.apply());
  }

  setVisible(series: PowerSeries, visible: boolean): void {
    const offset = 1 + (this.options.hasSpread ? SPREAD_SERIES : 0);
    const index = this.options.series.indexOf(series);
    if (index < 0) return;
    this.plot.setSeries(offset + index, { show: visible });
    if (series !== 'home' || !this.options.hasSpread) return;
    for (let one = 1; one <= SPREAD_SERIES; one += 1) this.plot.setSeries(one, { show: visible });
  }

  moveCursorTo(time: number | null): void {
    this.plot.setCursor(
      time === null ? { left: -10, top: -10 } : { left: this.plot.valToPos(time, 'x'), top: 0 },
    );
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.resizing.disconnect();
    this.plot.destroy();
  }

  private apply(): void {
    this.frame = 0;
    this.plot.setScale('x', { min: this.shown.from, max: this.shown.to });
  }

  private configuration(): uPlot.Options {
    const { root, theme, timeZone, series, hasSpread, onCursor } = this.options;
    const isNarrow = root.clientWidth < NARROW_PX;
    const hidden = { stroke: 'transparent', points: { show: false } };
    return {
      ...sizeOf(root),
      legend: { show: false },
      cursor: { drag: { x: false, y: false, setScale: false }, points: { size: 8 }, y: false },
      tzDate: localTicks(timeZone),
      scales: { x: { time: true, auto: false }, y: { range: powerRange } },
      axes: [timeAxis(theme, timeZone), powerAxis(theme, isNarrow ? 52 : 62)],
      padding: [12, isNarrow ? 16 : 26, 0, 0],
      series: [{}, ...(hasSpread ? [hidden, hidden] : []), ...series.map((one) => this.line(one))],
      bands: hasSpread ? [{ series: [1, 2], fill: theme.homeBand }] : [],
      hooks: {
        drawClear: [(plot) => drawBands(plot, this.bands, theme)],
        draw: [(plot) => drawMarks(plot, this.marks, theme)],
        setCursor: [
          ({ cursor: { idx, left = -1 }, posToVal }) => {
            const isRead = typeof idx === 'number' && left >= 0 && !this.isMoving;
            onCursor(isRead ? { index: idx, leftPx: left, time: posToVal(left, 'x') } : null);
          },
        ],
      },
    };
  }

  private line(series: PowerSeries): uPlot.Series {
    const { theme, holds, hasSpread } = this.options;
    const stroke = theme.series[series];
    const width = series === 'home' ? 2 : 1.5;
    const fill = series === 'home' && !hasSpread ? theme.homeFill : undefined;
    const { stepped, linear } = uPlot.paths;
    const joined = linear && denseLine({ stroke, widthPx: width, fill }, linear());
    const paths = holds === null ? joined : stepped?.({ align: holds === 'until next' ? 1 : -1 });
    return {
      label: SERIES_NAMES[series],
      stroke,
      width,
      ...(fill === undefined ? {} : { fill }),
      ...(paths ? { paths } : {}),
      points: { show: false },
    };
  }
}

/** Zero is always shown: power means little without it. */
function powerRange(_plot: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax {
  const top = Math.max(max ?? 0, 50);
  const bottom = Math.min(min ?? 0, 0);
  const room = (top - bottom) * 0.06;
  return [bottom < 0 ? bottom - room : 0, top + room];
}

function sizeOf(root: HTMLElement): { width: number; height: number } {
  return { width: Math.max(200, root.clientWidth), height: Math.max(140, root.clientHeight) };
}
