import { EnergyAnswer, EnergyPeriodAnswer } from '../api/answers';

/** Sums of a period, kWh; null where nothing is known of it, or the home has none. */
export interface PeriodFigures {
  usedKwh: number | null;
  importedKwh: number | null;
  exportedKwh: number | null;
  solarKwh: number | null;
  /** Of the whole home's use, %. */
  share: number | null;
}

/**
 * The sums that an answer with one period per series holds.
 * @param used the series whose use is asked for: `home`, or a circuit
 */
export function figuresOf(answer: EnergyAnswer | null, used: string): PeriodFigures {
  const periodOf = (name: string): EnergyPeriodAnswer | undefined =>
    answer?.series.find(({ series }) => series === name)?.periods[0];
  const grid = periodOf('grid');
  const usedKwh = periodOf(used)?.energy_kwh ?? null;
  const homeKwh = periodOf('home')?.energy_kwh ?? null;
  return {
    usedKwh,
    share: usedKwh === null || !homeKwh ? null : Math.min(100, (usedKwh / homeKwh) * 100),
    importedKwh: grid ? grid.energy_kwh + grid.negative_kwh : null,
    exportedKwh: grid?.negative_kwh ?? null,
    solarKwh: periodOf('solar')?.energy_kwh ?? null,
  };
}
