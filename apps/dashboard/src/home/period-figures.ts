import { EnergyAnswer, EnergyPeriodAnswer } from '../api/answers';

/** Sums of a period, kWh; null where nothing is known of it, or the home has none. */
export interface PeriodFigures {
  usedKwh: number | null;
  importedKwh: number | null;
  exportedKwh: number | null;
  solarKwh: number | null;
}

/** The sums that an answer with one period per series holds. */
export function figuresOf(answer: EnergyAnswer | null): PeriodFigures {
  const periodOf = (name: string): EnergyPeriodAnswer | undefined =>
    answer?.series.find(({ series }) => series === name)?.periods[0];
  const grid = periodOf('grid');
  return {
    usedKwh: periodOf('home')?.energy_kwh ?? null,
    importedKwh: grid ? grid.energy_kwh + grid.negative_kwh : null,
    exportedKwh: grid?.negative_kwh ?? null,
    solarKwh: periodOf('solar')?.energy_kwh ?? null,
  };
}
