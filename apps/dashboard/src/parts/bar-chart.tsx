export interface Bar {
  key: string;
  /** Under the bar. */
  label: string;
  /** null = unknown. */
  value: number | null;
  /** The value in words. */
  valueText: string;
  /** All that is known, for the tooltip and for those who cannot see it. */
  description: string;
  /** Part of the period is unknown: the true value is higher. */
  incomplete: boolean;
  isNow: boolean;
}

interface BarChartProps {
  label: string;
  bars: readonly Bar[];
  /** The value of the highest line, in words. */
  format(value: number): string;
}

const MOST_LABELS = 13;

/** A bar per period; reads as a list. */
export function BarChart({ label, bars, format }: BarChartProps) {
  const top = niceCeiling(Math.max(...bars.map(({ value }) => value ?? 0)));
  const everyLabel = Math.ceil(bars.length / MOST_LABELS);
  const showValues = bars.length <= MOST_LABELS;
  return (
    <div class="bars">
      <div class="bars-scale" aria-hidden="true">
        <span>{format(top)}</span>
        <span>{format(top / 2)}</span>
        <span>0</span>
      </div>
      <ol class="bars-list" aria-label={label}>
        {bars.map((bar, index) => (
          <li
            key={bar.key}
            class={`bar${bar.incomplete ? ' bar-incomplete' : ''}${bar.isNow ? ' bar-now' : ''}`}
            style={{ '--part': String(top === 0 ? 0 : Math.max(0, bar.value ?? 0) / top) }}
            tabIndex={0}
            aria-label={bar.description}
            data-tip={bar.description}
          >
            <span class="bar-column" aria-hidden="true">
              {showValues && bar.value !== null && <span class="bar-value">{bar.valueText}</span>}
            </span>
            <span class="bar-label" aria-hidden="true">
              {index % everyLabel === 0 ? bar.label : ''}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

const NICE = [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10];

/** The next round number. */
export function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const magnitude = 10 ** Math.floor(Math.log10(value));
  return (NICE.find((nice) => nice * magnitude >= value) ?? 10) * magnitude;
}
