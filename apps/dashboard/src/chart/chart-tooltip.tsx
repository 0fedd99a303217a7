import { formatPower } from '../format/quantities';
import { formatDay, formatExactTime } from '../format/times';
import { describeMark, Mark } from './draw-marks';
import { Band, bandAt } from './gap-bands';
import { PlotCursor } from './power-plot';
import { PowerColumns, PowerSeries } from './power-columns';
import { directionOf, SERIES_NAMES } from './theme';

interface ChartTooltipProps {
  columns: PowerColumns;
  cursor: PlotCursor;
  series: readonly PowerSeries[];
  bands: readonly Band[];
  marks: readonly Mark[];
  homeName: string;
  secondsPerPx: number;
  /** Where the lines begin within the chart, px. */
  areaLeftPx: number;
  timeZone: string;
}

const NEAR_PX = 6;
/** A point that is further away says nothing of the instant under the cursor. */
const FAR_PX = 24;
const MOST_MARKS = 4;

/** What is known of the instant under the cursor. */
export function ChartTooltip(props: ChartTooltipProps) {
  const { columns, cursor, series, bands, marks, homeName, secondsPerPx, areaLeftPx, timeZone } = props;
  const { index, leftPx } = cursor;
  const nearest = columns.times[index];
  const isFar = nearest === undefined || Math.abs(nearest - cursor.time) > FAR_PX * secondsPerPx;
  const atMs = (isFar ? cursor.time : nearest) * 1000;
  const nearMs = NEAR_PX * secondsPerPx * 1000;
  const band = bandAt(bands, atMs, nearMs);
  const nearby = marks.filter((mark) => Math.abs(mark.atMs - atMs) <= nearMs).slice(0, MOST_MARKS);
  const [min, max] = [columns.homeMin[index], columns.homeMax[index]];
  return (
    <div
      class="tooltip"
      aria-hidden="true"
      data-side={leftPx > 260 ? 'left' : 'right'}
      style={{ '--at': `${leftPx}px`, '--area': `${areaLeftPx}px` }}
    >
      <p class="tooltip-time">
        {formatDay(atMs, timeZone)}, {formatExactTime(atMs, timeZone)}
      </p>
      <dl>
        {series.map((one) => {
          const powerW = isFar ? null : (columns.powers[one][index] ?? null);
          return (
            <div key={one}>
              <dt class={`line-${one}`}>{one === 'home' ? homeName : SERIES_NAMES[one]}</dt>
              <dd>
                {formatPower(powerW)}{' '}
                {typeof powerW === 'number' && <small>{directionOf(one, powerW)}</small>}
              </dd>
            </div>
          );
        })}
        {!isFar && typeof min === 'number' && typeof max === 'number' && max > min && (
          <div>
            <dt>from – to</dt>
            <dd>
              {formatPower(min)} – {formatPower(max)}
            </dd>
          </div>
        )}
      </dl>
      {isFar && !band && <p class="tooltip-note">No readings here</p>}
      {band && (
        <p class={`tooltip-note key key-${band.kind === 'backfilled' ? 'backfilled' : 'missing'}`}>
          {band.text}
        </p>
      )}
      {nearby.map((mark) => (
        <p key={`${mark.atMs} ${mark.title}`} class="tooltip-note key key-event">
          {describeMark(mark)}
        </p>
      ))}
    </div>
  );
}
