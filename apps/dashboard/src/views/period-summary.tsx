import { EnergyAnswer } from '../api/answers';
import { CalendarPeriod } from '../format/local-time';
import { formatCost, formatEnergy } from '../format/quantities';
import { figuresOf } from '../home/period-figures';
import { api } from '../state/live';
import { useResource } from '../state/resource';

const REFRESH_MS = 60_000;

/** The sums of a period. */
export function PeriodSummary({ period, nowMs }: { period: CalendarPeriod; nowMs: number }) {
  const { kind, fromMs, toMs } = period;
  const query = `from=${new Date(fromMs).toISOString()}&to=${new Date(toMs).toISOString()}`;
  const { value } = useResource(
    `summary ${kind} ${query}`,
    (signal) => api.json<EnergyAnswer>(`./energy?per=${kind}&circuits=none&${query}`, signal),
    toMs > nowMs ? REFRESH_MS : 60 * REFRESH_MS,
  );
  const { usedKwh, importedKwh, exportedKwh, solarKwh } = figuresOf(value);
  const price = value?.price;
  const figures: [string, string][] = [['Used', formatEnergy(usedKwh)]];
  if (price)
    figures.push(['Cost', formatCost(usedKwh === null ? null : usedKwh * price.per_kwh, price.currency)]);
  if (solarKwh !== null) figures.push(['Solar', formatEnergy(solarKwh)]);
  if (importedKwh !== null) figures.push(['Imported', formatEnergy(importedKwh)]);
  if (exportedKwh !== null && exportedKwh > 0) figures.push(['Exported', formatEnergy(exportedKwh)]);
  return (
    <dl class="summary" aria-label={`Sums of this ${kind}`}>
      {figures.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}
