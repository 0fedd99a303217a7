import { Band } from './gap-bands';
import { PowerSeries } from './power-columns';
import { SERIES_NAMES } from './theme';

interface ChartLegendProps {
  series: readonly PowerSeries[];
  hidden: ReadonlySet<PowerSeries>;
  bands: readonly Band[];
  hasSpread: boolean;
  hasMarks: boolean;
  homeName: string;
  onToggle(series: PowerSeries): void;
}

/** What the lines and patterns mean; lines can be switched off. */
export function ChartLegend(props: ChartLegendProps) {
  const { series, hidden, bands, hasSpread, hasMarks, homeName, onToggle } = props;
  return (
    <ul class="legend" aria-label="What is shown">
      {series.map((one) => (
        <li key={one}>
          <button
            type="button"
            class={`chip line-${one}`}
            aria-pressed={!hidden.has(one)}
            onClick={() => onToggle(one)}
          >
            {one === 'home' ? homeName : SERIES_NAMES[one]}
          </button>
        </li>
      ))}
      {hasSpread && <li class="key key-spread">Lowest to highest</li>}
      {bands.some(({ kind }) => kind !== 'backfilled') && <li class="key key-missing">No readings</li>}
      {bands.some(({ kind }) => kind === 'backfilled') && <li class="key key-backfilled">Read later</li>}
      {hasMarks && <li class="key key-event">Home event</li>}
    </ul>
  );
}
