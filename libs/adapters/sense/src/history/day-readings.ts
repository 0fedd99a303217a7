import {
  CircuitReading,
  MeterReading,
  TimeRange,
  finiteOrNull,
  meanPowerW,
  shareOfTotal,
} from '@smart-meter/meter-adapter';
import { CircuitTable } from '../live/circuits';
import { DayUsage, DeviceUsage, HOUR_MS, SolarUsage } from './usage';

/** What a day's usage says about a part of that day. */
export interface DayReadings {
  readings: MeterReading[];
  unavailable: { range: TimeRange; reason: string }[];
}

const NOT_MEASURED = 'Sense has no measurement for these hours';

/**
 * One reading per hour that ends within `range`: the mean power of the hour, at the hour's end.
 * @param table which devices are hidden, and how the others are called
 */
export function dayReadings(
  meterId: string,
  usage: DayUsage,
  solar: SolarUsage | null,
  range: TimeRange,
  table: CircuitTable,
): DayReadings {
  const result: DayReadings = { readings: [], unavailable: [] };
  const devices = usage.devices
    .filter(({ id }) => !table.isHidden(id))
    .map((device) => ({ ...device, name: table.nameOf(device.id, device.name) }));
  for (const hour of hoursOf(usage)) {
    if (hour.end <= range.from || hour.end > range.to) continue;
    const totalKwh = usage.hourlyKwh[hour.index] ?? null;
    const solarKwh = solar?.productionKwh[hour.index] ?? null;
    if (isUnmeasured(totalKwh, solarKwh)) {
      addUnavailable(result, { from: max(hour.start, range.from), to: hour.end });
      continue;
    }
    const intervalS = (hour.end.getTime() - hour.start.getTime()) / 1000;
    const power = (energyKwh: number | null) =>
      energyKwh === null ? null : finiteOrNull(meanPowerW(energyKwh, intervalS));
    const totalPowerW = power(totalKwh);
    result.readings.push({
      meterId,
      observedAt: hour.end,
      averagedOverS: intervalS,
      totalPowerW,
      ...(solar
        ? { solarPowerW: power(solarKwh), gridPowerW: power(gridKwh(solar, hour.index, totalKwh)) }
        : {}),
      circuits: circuitsOf(devices, hour.index, power, totalPowerW),
      provenance: 'backfill',
    });
  }
  return result;
}

/** The hours of a day; where the clock moves by half an hour the last one is short. */
export function* hoursOf({ start, end }: DayUsage): Generator<{ index: number; start: Date; end: Date }> {
  for (let index = 0; start.getTime() + index * HOUR_MS < end.getTime(); index += 1) {
    const from = start.getTime() + index * HOUR_MS;
    yield { index, start: new Date(from), end: new Date(Math.min(from + HOUR_MS, end.getTime())) };
  }
}

/** The monitor itself hangs on the mains that it measures: an hour of exactly nothing is one that it was away for. */
function isUnmeasured(totalKwh: number | null, solarKwh: number | null): boolean {
  return totalKwh === null || (totalKwh === 0 && (solarKwh === null || solarKwh === 0));
}

/** + = import. The mean of an hour nets import and export, so what was neither is not in it. */
function gridKwh(
  { netKwh, productionKwh }: SolarUsage,
  index: number,
  totalKwh: number | null,
): number | null {
  const net = netKwh[index] ?? null;
  if (net !== null) return -net;
  const production = productionKwh[index] ?? null;
  return totalKwh === null || production === null ? null : totalKwh - production;
}

function circuitsOf(
  devices: readonly DeviceUsage[],
  index: number,
  power: (energyKwh: number | null) => number | null,
  totalPowerW: number | null,
): CircuitReading[] {
  const circuits: CircuitReading[] = [];
  for (const { id, name, hourlyKwh } of devices) {
    if (index >= hourlyKwh.length) continue;
    const powerW = power(hourlyKwh[index] ?? null);
    circuits.push({ id, name, powerW, percentage: shareOfTotal(powerW, totalPowerW) });
  }
  return circuits;
}

/** Neighbouring hours become one range. */
function addUnavailable({ unavailable }: DayReadings, range: TimeRange): void {
  const last = unavailable.at(-1);
  if (last && last.range.to.getTime() === range.from.getTime()) last.range.to = range.to;
  else unavailable.push({ range, reason: NOT_MEASURED });
}

function max(one: Date, other: Date): Date {
  return one > other ? one : other;
}
