import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatPower } from '../format/quantities';
import { formatDayTime } from '../format/times';
import { theme as chosenTheme } from '../state/theme';
import { ChartLegend } from './chart-legend';
import { ChartTooltip } from './chart-tooltip';
import { Mark } from './draw-marks';
import { Band } from './gap-bands';
import { listenForGestures } from './gestures';
import { PowerColumns, PowerSeries, seriesIn } from './power-columns';
import { PlotCursor, PlotShape, PowerPlot } from './power-plot';
import { readTheme, SERIES_NAMES } from './theme';
import { nearestIndex, panned, TimeRange, zoomed } from './time-range';

export interface PowerChartProps {
  columns: PowerColumns;
  /** Grows with every change of the columns, which are changed in place while live. */
  version: number;
  bounds: TimeRange;
  bands: readonly Band[];
  marks: readonly Mark[];
  timeZone: string;
  holds: PlotShape['holds'];
  /** What the line of the home is called. */
  homeName?: string;
  /** What is shown, for those who cannot see it. */
  label: string;
}

/** Power over time: moved, zoomed and read with a pointer, fingers or keys. */
export function PowerChart({
  columns,
  version,
  bounds,
  bands,
  marks,
  timeZone,
  holds,
  homeName = SERIES_NAMES.home,
  label,
}: PowerChartProps) {
  const root = useRef<HTMLDivElement>(null);
  const plot = useRef<PowerPlot | null>(null);
  const latestBounds = useRef(bounds);
  const [cursor, setCursor] = useState<PlotCursor | null>(null);
  const [hidden, setHidden] = useState<ReadonlySet<PowerSeries>>(new Set());
  const [spoken, setSpoken] = useState('');
  const series = useMemo(() => seriesIn(columns), [columns, version]);
  const hasSpread = columns.homeMin.length > 0;
  const themeChoice = chosenTheme.value;

  useEffect(() => {
    if (!root.current) return undefined;
    const made = new PowerPlot({
      root: root.current,
      theme: readTheme(root.current),
      series,
      hasSpread,
      holds,
      timeZone,
      onCursor: setCursor,
    });
    plot.current = made;
    const stop = listenForGestures({
      element: made.area,
      range: () => made.range,
      bounds: () => latestBounds.current,
      setRange: (range) => made.setRange(range),
      setMoving: (isMoving) => (made.isMoving = isMoving),
    });
    made.setRange(latestBounds.current);
    return () => {
      stop();
      made.destroy();
      plot.current = null;
    };
  }, [series.join(), hasSpread, holds, timeZone, themeChoice]);

  useEffect(() => {
    const before = latestBounds.current;
    latestBounds.current = bounds;
    const shown = plot.current?.range;
    // A chart that was zoomed stays where it is while the live one moves on.
    const wasWhole = !shown || shown.to - shown.from >= (before.to - before.from) * 0.999;
    plot.current?.setRange(wasWhole ? bounds : panned(shown, 0, bounds));
  }, [bounds.from, bounds.to, series.join(), hasSpread, themeChoice]);

  useEffect(
    () => plot.current?.setColumns(columns),
    [columns, version, series.join(), hasSpread, themeChoice],
  );
  useEffect(
    () => plot.current?.setBands(bands, marks),
    [bands, marks, series.join(), hasSpread, themeChoice],
  );
  useEffect(() => {
    for (const one of series) plot.current?.setVisible(one, !hidden.has(one));
  }, [hidden, series.join(), hasSpread, themeChoice]);

  const middle = () => {
    const { from, to } = plot.current?.range ?? bounds;
    const time = cursor === null ? undefined : columns.times[cursor.index];
    return time !== undefined && time >= from && time <= to ? time : (from + to) / 2;
  };
  const zoom = (factor: number) => {
    const shown = plot.current?.range;
    if (shown) plot.current?.setRange(zoomed(shown, factor, middle(), bounds));
  };
  const readAt = (index: number) => {
    const time = columns.times[index];
    if (time === undefined) return;
    const { from, to } = plot.current?.range ?? bounds;
    if (time < from || time > to)
      plot.current?.setRange(panned({ from, to }, time - (from + to) / 2, bounds));
    requestAnimationFrame(() => plot.current?.moveCursorTo(time));
    const value = columns.powers.home[index];
    setSpoken(`${formatDayTime(time * 1000, timeZone)}: ${value === null ? 'unknown' : formatPower(value)}`);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const shown = plot.current?.range ?? bounds;
    const at = cursor?.index ?? nearestIndex(columns.times, (shown.from + shown.to) / 2);
    const length = shown.to - shown.from;
    const pan = (byS: number) => plot.current?.setRange(panned(shown, byS, bounds));
    const actions: Record<string, () => void> = {
      ArrowLeft: () => (event.shiftKey ? pan(-length / 4) : readAt(Math.max(0, at - 1))),
      ArrowRight: () =>
        event.shiftKey ? pan(length / 4) : readAt(Math.min(columns.times.length - 1, at + 1)),
      PageUp: () => pan(-length / 2),
      PageDown: () => pan(length / 2),
      Home: () => readAt(0),
      End: () => readAt(columns.times.length - 1),
      '+': () => zoom(0.5),
      '=': () => zoom(0.5),
      '-': () => zoom(2),
      Escape: () => {
        plot.current?.setRange(bounds);
        plot.current?.moveCursorTo(null);
      },
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  const toggle = (one: PowerSeries) =>
    setHidden((before) => {
      const after = new Set(before);
      if (!after.delete(one)) after.add(one);
      return after;
    });

  return (
    <div class="chart">
      <div class="chart-bar">
        <ChartLegend
          series={series}
          hidden={hidden}
          bands={bands}
          hasSpread={hasSpread}
          hasMarks={marks.length > 0}
          homeName={homeName}
          onToggle={toggle}
        />
        <div class="button-group" role="group" aria-label="Zoom">
          <button type="button" aria-label="Zoom out" onClick={() => zoom(2)}>
            −
          </button>
          <button type="button" aria-label="Zoom in" onClick={() => zoom(0.5)}>
            +
          </button>
          <button type="button" onClick={() => plot.current?.setRange(bounds)}>
            All
          </button>
        </div>
      </div>
      <div
        class="chart-area"
        tabIndex={0}
        role="application"
        aria-roledescription="chart"
        aria-label={`${label} Arrow keys read values, plus and minus zoom, Shift with arrow keys moves.`}
        onKeyDown={onKeyDown}
      >
        <div class="chart-canvas" ref={root} />
        {cursor && (
          <ChartTooltip
            columns={columns}
            cursor={cursor}
            series={series.filter((one) => !hidden.has(one))}
            bands={bands}
            marks={marks}
            homeName={homeName}
            secondsPerPx={secondsPerPx(plot.current)}
            areaLeftPx={plot.current?.area.offsetLeft ?? 0}
            timeZone={timeZone}
          />
        )}
      </div>
      <p class="visually-hidden" aria-live="polite">
        {spoken}
      </p>
    </div>
  );
}

function secondsPerPx(plot: PowerPlot | null): number {
  return plot ? (plot.range.to - plot.range.from) / Math.max(1, plot.area.clientWidth) : 1;
}
