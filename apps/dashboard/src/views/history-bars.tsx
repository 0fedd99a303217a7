import { useMemo, useState } from 'preact/hooks';
import { EnergyAnswer } from '../api/answers';
import { parseSteps } from '../chart/csv-steps';
import { CalendarPeriod, partBoundaries } from '../format/local-time';
import { formatCost, formatRound } from '../format/quantities';
import { BarMeasure, PartEnergy, partsOfEnergy, partsOfHours, periodBars } from '../home/period-bars';
import { Subject } from '../home/subject';
import { BarChart } from '../parts/bar-chart';
import { Card } from '../parts/card';
import { Choice } from '../parts/choice';
import { Broken, Empty, Loading } from '../parts/states';
import { api } from '../state/live';
import { useResource } from '../state/resource';

interface HistoryBarsProps {
  period: CalendarPeriod;
  subject: Subject;
  timeZone: string;
  nowMs: number;
}

interface PeriodEnergy {
  parts: PartEnergy[];
  price: EnergyAnswer['price'];
}

const TITLES = {
  day: 'Energy per hour',
  week: 'Energy per day',
  month: 'Energy per day',
  year: 'Energy per month',
};
const REFRESH_MS = 60_000;

/** kWh, or their cost, of each hour, day or month of a period. */
export function HistoryBars({ period, subject, timeZone, nowMs }: HistoryBarsProps) {
  const [chosen, setMeasure] = useState<BarMeasure>('kwh');
  const { kind, fromMs, toMs } = period;
  const query = `from=${new Date(fromMs).toISOString()}&to=${new Date(toMs).toISOString()}`;
  const { value, error, reload } = useResource(
    `bars ${kind} ${subject.series} ${query}`,
    (signal) => loadParts(kind, subject, query, signal),
    REFRESH_MS,
  );
  const boundaries = useMemo(() => partBoundaries(period, timeZone), [period, timeZone]);
  const measure: BarMeasure = value?.price ? chosen : 'kwh';
  const bars = useMemo(
    () => (value ? periodBars({ period, boundaries, ...value, measure, timeZone, nowMs }) : []),
    [value, measure, boundaries, nowMs],
  );
  const format = (amount: number) =>
    measure === 'cost' && value?.price
      ? formatCost(amount, value.price.currency)
      : formatRound(amount, 'kWh');
  return (
    <Card
      title={TITLES[kind]}
      wide
      actions={
        value?.price && (
          <Choice<BarMeasure>
            label="Measure"
            options={[
              { value: 'kwh', label: 'kWh' },
              { value: 'cost', label: value.price.currency },
            ]}
            value={measure}
            onChoose={setMeasure}
          />
        )
      }
    >
      {!value && !error && <Loading what="the energy" />}
      {!value && error && <Broken what="The energy" error={error} onRetry={reload} />}
      {value && value.parts.length === 0 && (
        <Empty title="No energy is known of this time" hint="It is summed up as readings come in." />
      )}
      {value && value.parts.length > 0 && <BarChart label={TITLES[kind]} bars={bars} format={format} />}
      {value && value.parts.length > 0 && !value.price && (
        <p class="muted">Set ENERGY_PRICE and CURRENCY to see what it costs.</p>
      )}
    </Card>
  );
}

async function loadParts(
  kind: CalendarPeriod['kind'],
  { series, circuits }: Subject,
  query: string,
  signal: AbortSignal,
): Promise<PeriodEnergy> {
  const per = kind === 'year' ? 'month' : 'day';
  const energy = await api.json<EnergyAnswer>(`./energy?per=${per}&circuits=${circuits}&${query}`, signal);
  if (kind !== 'day') return { parts: partsOfEnergy(energy, series), price: energy.price };
  const hours = await api.text(`./readings?format=csv&circuits=${circuits}&every=hour&${query}`, signal);
  return { parts: partsOfHours(parseSteps(hours), series), price: energy.price };
}
