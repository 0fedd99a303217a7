import { CircuitId } from './appliance';
import { BatteryDay } from './battery';
import { LocalDay } from './local-day';
import { mapSeries, StepSeries, sumSeries } from './step-series';
import { Trace } from './trace';
import { HomeEvent } from './types';

/** Everything known of one day of the home, before grid and battery come in. */
export interface Consumption {
  readonly day: LocalDay;
  /** In the order of the home's appliances. */
  readonly appliances: readonly StepSeries[];
  readonly total: StepSeries;
  readonly solar: StepSeries | null;
  readonly events: readonly HomeEvent[];
}

/** One day of the home as power over time. */
export interface HomeDay extends Consumption {
  readonly battery: BatteryDay | null;
  readonly gridImport: StepSeries;
  readonly gridExport: StepSeries;
  readonly batteryCharge: StepSeries | null;
  readonly batteryDischarge: StepSeries | null;
}

/** Energies of a stretch of time, in W·s. */
export interface EnergiesWs {
  readonly appliances: Float64Array;
  gridImport: number;
  gridExport: number;
  solar: number;
  batteryCharge: number;
  batteryDischarge: number;
}

export function sumOfAppliances(
  traces: readonly Trace[],
  day: LocalDay,
): Pick<Consumption, 'appliances' | 'total'> {
  const lengthS = day.endS - day.startS;
  const appliances = traces.map((trace) => trace.seriesBetween(day.startS, day.endS));
  const total = sumSeries(appliances, [], lengthS);
  return { appliances, total };
}

export function balanceGrid(consumption: Consumption, battery: BatteryDay | null): HomeDay {
  const { total, solar } = consumption;
  const { lengthS } = total;
  const sources = [solar, battery?.power ?? null].filter((series) => series !== null);
  const grid = sumSeries([total], sources, lengthS);
  const positive = (series: StepSeries): StepSeries => mapSeries(series, (powerW) => Math.max(0, powerW));
  const negative = (series: StepSeries): StepSeries => mapSeries(series, (powerW) => Math.max(0, -powerW));
  return {
    ...consumption,
    battery,
    gridImport: positive(grid),
    gridExport: negative(grid),
    batteryCharge: battery === null ? null : negative(battery.power),
    batteryDischarge: battery === null ? null : positive(battery.power),
  };
}

export function noEnergy(applianceCount: number): EnergiesWs {
  const appliances = new Float64Array(applianceCount);
  return { appliances, gridImport: 0, gridExport: 0, solar: 0, batteryCharge: 0, batteryDischarge: 0 };
}

/** Adds what flows between two offsets of the day. */
export function addEnergies(energies: EnergiesWs, day: HomeDay, fromS: number, toS: number): void {
  const energyWs = (series: StepSeries | null): number =>
    series === null ? 0 : series.energyWsUntil(toS) - series.energyWsUntil(fromS);
  day.appliances.forEach((series, index) => {
    energies.appliances[index] = (energies.appliances[index] ?? 0) + energyWs(series);
  });
  energies.gridImport += energyWs(day.gridImport);
  energies.gridExport += energyWs(day.gridExport);
  energies.solar += energyWs(day.solar);
  energies.batteryCharge += energyWs(day.batteryCharge);
  energies.batteryDischarge += energyWs(day.batteryDischarge);
}

export function sumEnergies(energies: EnergiesWs, added: EnergiesWs): void {
  added.appliances.forEach((energyWs, index) => {
    energies.appliances[index] = (energies.appliances[index] ?? 0) + energyWs;
  });
  energies.gridImport += added.gridImport;
  energies.gridExport += added.gridExport;
  energies.solar += added.solar;
  energies.batteryCharge += added.batteryCharge;
  energies.batteryDischarge += added.batteryDischarge;
}

export const circuitNames: Readonly<Record<CircuitId, string>> = {
  hvac: 'HVAC',
  kitchen: 'Kitchen',
  living_room: 'Living Room',
  office: 'Office',
  bedrooms: 'Bedrooms',
  other: 'Other',
};

export const circuitIds = Object.keys(circuitNames) as readonly CircuitId[];
