import { Bucket } from './buckets';
import { CalendarUnit, LocalCalendar } from './local-calendar';
import { RollupStore } from './rollup-store';
import { Series, SeriesCatalogue } from './series';

/** Whose figure an energy is: the meter's own counter, the power summed up by us, or days of both kinds. */
export type EnergySource = 'meter' | 'integrated' | 'mixed';

export interface EnergyPeriod {
  startMs: number;
  endMs: number;
  /** Local date of the start: `2026-03-29`. */
  date: string;
  energyKwh: number;
  source: EnergySource;
  /** Summed up from power; null where there was none. Import less export for the grid. */
  integratedKwh: number | null;
  /** By the meter's own counter; null where it has none. */
  meterKwh: number | null;
  /** The part of `integratedKwh` below zero, as a positive number: export, or charge of a battery. */
  negativeKwh: number;
  /** For how long the power is known, s. */
  coveredS: number;
}

const MS_PER_HOUR = 3_600_000;
const WH_PER_KWH = 1_000;
/** A counter that fell silent this long before the power did does not speak for the whole day. */
const LONGEST_COUNTER_LAG_MS = 15 * 60_000;

const energyKwh = (meanW: number, coveredMs: number) => (meanW * coveredMs) / MS_PER_HOUR / WH_PER_KWH;

/** Energy per local day and longer, of one power series and the meter's counter beside it. */
export class EnergyQuery {
  readonly #rollups: RollupStore;
  readonly #catalogue: SeriesCatalogue;
  readonly #calendar: LocalCalendar;

  constructor(rollups: RollupStore, catalogue: SeriesCatalogue, calendar: LocalCalendar) {
    this.#rollups = rollups;
    this.#catalogue = catalogue;
    this.#calendar = calendar;
  }

  /** Whole periods, of which the first is the one that `fromMs` is in. */
  perPeriod(series: Series, unit: CalendarUnit, fromMs: number, toMs: number): EnergyPeriod[] {
    const startMs = this.#calendar.periodOf(unit, fromMs).startMs;
    const endMs = toMs <= fromMs ? startMs : this.#calendar.periodOf(unit, toMs - 1).endMs;
    const days = this.#days(series, startMs, endMs);
    if (unit === 'day') return days;
    const periods: EnergyPeriod[] = [];
    for (const day of days) {
      const last = periods.at(-1);
      if (last !== undefined && day.startMs < last.endMs) addDay(last, day);
      else periods.push({ ...day, ...this.#period(unit, day.startMs) });
    }
    return periods;
  }

  #period(unit: CalendarUnit, atMs: number) {
    const period = this.#calendar.periodOf(unit, atMs);
    return { ...period, date: this.#calendar.dateOf(period.startMs) };
  }

  #days(series: Series, startMs: number, endMs: number): EnergyPeriod[] {
    const counter = this.#catalogue.counterOf(series);
    const powerOf = byStart(this.#rollups.range(series.id, 'day', startMs, endMs));
    const counterOf = byStart(counter ? this.#rollups.range(counter.id, 'day', startMs, endMs) : []);
    const starts = [...new Set([...powerOf.keys(), ...counterOf.keys()])].sort((a, b) => a - b);
    return starts.flatMap((dayStartMs) => {
      const day = this.#day(dayStartMs, powerOf.get(dayStartMs), counterOf.get(dayStartMs));
      return day === undefined ? [] : [day];
    });
  }

  /** undefined where neither the power nor the counter is known. */
  #day(startMs: number, power: Bucket | undefined, counter: Bucket | undefined): EnergyPeriod | undefined {
    const integratedKwh = power === undefined ? null : energyKwh(power.mean, power.coveredMs);
    const meterKwh = counter?.lastValue ?? null;
    const counterLagMs = (power?.lastOffsetMs ?? 0) - (counter?.lastOffsetMs ?? 0);
    const bestKwh =
      counterLagMs <= LONGEST_COUNTER_LAG_MS ? (meterKwh ?? integratedKwh) : (integratedKwh ?? meterKwh);
    if (bestKwh === null) return undefined;
    return {
      ...this.#calendar.dayOf(startMs),
      energyKwh: bestKwh,
      source: bestKwh === meterKwh ? 'meter' : 'integrated',
      integratedKwh,
      meterKwh,
      negativeKwh: power === undefined ? 0 : Math.abs(energyKwh(power.negativeMean, power.coveredMs)),
      coveredS: (power?.coveredMs ?? 0) / 1000,
    };
  }
}

const byStart = (buckets: readonly Bucket[]) => new Map(buckets.map((bucket) => [bucket.startMs, bucket]));

function addDay(sum: EnergyPeriod, day: EnergyPeriod): void {
  sum.energyKwh += day.energyKwh;
  sum.integratedKwh = addKnown(sum.integratedKwh, day.integratedKwh);
  sum.meterKwh = addKnown(sum.meterKwh, day.meterKwh);
  sum.negativeKwh += day.negativeKwh;
  sum.coveredS += day.coveredS;
  if (sum.source !== day.source) sum.source = 'mixed';
}

const addKnown = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : a + b;
