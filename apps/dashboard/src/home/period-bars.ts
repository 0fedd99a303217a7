import { EnergyAnswer, EnergyPeriodAnswer } from '../api/answers';
import { EnergyStep } from '../chart/csv-steps';
import { CalendarPeriod } from '../format/local-time';
import { formatCost, formatEnergy, formatNumber, energy } from '../format/quantities';
import { formatDay, formatMonth, formatShortMonth, formatTime } from '../format/times';
import { Bar } from '../parts/bar-chart';

export type BarMeasure = 'kwh' | 'cost';

/** Energy of a part of a period: an hour, a day or a month. */
export interface PartEnergy {
  startMs: number;
  endMs: number;
  energyKwh: number;
  source: EnergyPeriodAnswer['source'];
  coveredS: number;
}

/** A part is called incomplete where less than this share of it is known. */
const COMPLETE_SHARE = 0.97;
const HOUR_MS = 3_600_000;

const SOURCE_TEXTS: Readonly<Record<EnergyPeriodAnswer['source'], string>> = {
  meter: 'by the meter’s counter',
  integrated: 'summed up from power',
  mixed: 'partly by the meter’s counter, partly summed up from power',
};

/** @param wanted `home`, or a circuit */
export function partsOfEnergy(answer: EnergyAnswer, wanted: string): PartEnergy[] {
  const periods = answer.series.find(({ series }) => series === wanted)?.periods ?? [];
  return periods.map(({ start, end, energy_kwh, source, covered_s }) => ({
    startMs: Date.parse(start),
    endMs: Date.parse(end),
    energyKwh: energy_kwh,
    source,
    coveredS: covered_s,
  }));
}

/** Hours of one series out of hourly steps: how much of each is known follows from its mean and its energy. */
export function partsOfHours(steps: readonly EnergyStep[], wanted: string): PartEnergy[] {
  return steps.flatMap(({ series, startMs, energyKwh, mean }): PartEnergy[] => {
    if (series !== wanted || energyKwh === null) return [];
    const coveredS = mean === 0 ? HOUR_MS / 1000 : (energyKwh / mean) * HOUR_MS;
    return [{ startMs, endMs: startMs + HOUR_MS, energyKwh, source: 'integrated', coveredS }];
  });
}

export interface BarsWanted {
  period: CalendarPeriod;
  /** First instants of all parts of the period, and its end. */
  boundaries: readonly number[];
  parts: readonly PartEnergy[];
  measure: BarMeasure;
  price: EnergyAnswer['price'];
  timeZone: string;
  nowMs: number;
}

/** A bar for every part of the period that has begun; a part of which nothing is known has none. */
export function periodBars(wanted: BarsWanted): Bar[] {
  const { period, boundaries, parts, measure, price, timeZone, nowMs } = wanted;
  const partAt = new Map(parts.map((part) => [part.startMs, part]));
  return boundaries.slice(0, -1).map((startMs, index): Bar => {
    const endMs = boundaries[index + 1] ?? startMs;
    const part = partAt.get(startMs);
    const name = partName(period, startMs, endMs, timeZone);
    const base = {
      key: String(startMs),
      label: partLabel(period, startMs, timeZone),
      isNow: nowMs >= startMs && nowMs < endMs,
    };
    if (!part) {
      const text = startMs > nowMs ? 'not yet' : 'nothing known';
      return { ...base, value: null, valueText: '', description: `${name}: ${text}`, incomplete: false };
    }
    const cost = price ? part.energyKwh * price.per_kwh : null;
    const knownShare = part.coveredS / Math.max(1, (Math.min(endMs, nowMs) - startMs) / 1000);
    const incomplete = part.source !== 'meter' && knownShare < COMPLETE_SHARE;
    const costText = price && cost !== null ? `, ${formatCost(cost, price.currency)}` : '';
    const share = incomplete ? `; only ${formatNumber(knownShare * 100, 0)} % of the time is known` : '';
    return {
      ...base,
      value: measure === 'cost' ? cost : part.energyKwh,
      valueText: measure === 'cost' && cost !== null ? formatNumber(cost, 2) : energy(part.energyKwh).value,
      description: `${name}: ${formatEnergy(part.energyKwh)}${costText}, ${SOURCE_TEXTS[part.source]}${share}`,
      incomplete,
    };
  });
}

function partName({ kind }: CalendarPeriod, startMs: number, endMs: number, timeZone: string): string {
  if (kind === 'day') return `${formatTime(startMs, timeZone)} to ${formatTime(endMs, timeZone)}`;
  return kind === 'year' ? formatMonth(startMs, timeZone) : formatDay(startMs, timeZone);
}

function partLabel({ kind }: CalendarPeriod, startMs: number, timeZone: string): string {
  if (kind === 'day') return formatTime(startMs, timeZone).slice(0, 2);
  if (kind === 'year') return formatShortMonth(startMs, timeZone);
  const [weekday = '', day = ''] = formatDay(startMs, timeZone).split(' ');
  return kind === 'week' ? `${weekday} ${day}` : day;
}
