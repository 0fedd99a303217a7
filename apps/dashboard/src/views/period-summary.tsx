import { EnergyAnswer } from '../api/answers';
import { CalendarPeriod, neighbour } from '../format/local-time';
import { formatCost, formatEnergy, formatShare } from '../format/quantities';
import { figuresOf } from '../home/period-figures';
import { Subject } from '../home/subject';
import { api } from '../state/live';
import { useResource } from '../state/resource';

const REFRESH_MS = 60_000;

interface PeriodSummaryProps {
  period: CalendarPeriod;
  subject: Subject;
  timeZone: string;
  nowMs: number;
}

/** The sums of a period, beside what was used in the one before. */
export function PeriodSummary({ period, subject, timeZone, nowMs }: PeriodSummaryProps) {
  const { kind, toMs } = period;
  const value = useEnergyOf(period, subject, toMs > nowMs ? REFRESH_MS : 60 * REFRESH_MS);
  const before = useEnergyOf(neighbour(period, -1, timeZone), subject, 60 * REFRESH_MS);
  const { usedKwh, importedKwh, exportedKwh, solarKwh, share } = figuresOf(value, subject.series);
  const beforeKwh = figuresOf(before, subject.series).usedKwh;
  const price = value?.price;
  const figures: [string, string][] = [['Used', formatEnergy(usedKwh)]];
  if (price)
    figures.push(['Cost', formatCost(usedKwh === null ? null : usedKwh * price.per_kwh, price.currency)]);
  if (subject.circuitId !== null) figures.push(['Of the home', formatShare(share)]);
  else {
    if (solarKwh !== null) figures.push(['Solar', formatEnergy(solarKwh)]);
    if (importedKwh !== null) figures.push(['Imported', formatEnergy(importedKwh)]);
    if (exportedKwh !== null && exportedKwh > 0) figures.push(['Exported', formatEnergy(exportedKwh)]);
  }
  if (beforeKwh !== null) figures.push([`The ${kind} before`, formatEnergy(beforeKwh)]);
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

function useEnergyOf(
  { kind, fromMs, toMs }: CalendarPeriod,
  { circuits }: Subject,
  refreshMs: number,
): EnergyAnswer | null {
  const query = `from=${new Date(fromMs).toISOString()}&to=${new Date(toMs).toISOString()}`;
  const path = `./energy?per=${kind}&circuits=${circuits}&${query}`;
  return useResource(path, (signal) => api.json<EnergyAnswer>(path, signal), refreshMs).value;
}
