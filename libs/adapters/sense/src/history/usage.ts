import {
  MeterError,
  expectArray,
  expectObject,
  finiteOrNull,
  isJsonObject,
  numberOrNull,
} from '@smart-meter/meter-adapter';
import { DateTime } from 'luxon';
import { fallbackName } from '../live/devices';
import { SOLAR_DEVICE_ID } from '../live/live-update';
import { LocalDay } from './local-day';

/** Energy of one local day of a monitor, hour by hour. */
export interface DayUsage {
  start: Date;
  end: Date;
  totalKwh: number | null;
  /** One per hour of the day, 23 to 25 of them; today's end early or hold guesses for hours to come. */
  hourlyKwh: readonly (number | null)[];
  devices: readonly DeviceUsage[];
}

export interface DeviceUsage {
  id: string;
  name: string;
  totalKwh: number | null;
  hourlyKwh: readonly (number | null)[];
}

/** Solar part of the same, hour by hour. */
export interface SolarUsage {
  productionKwh: readonly (number | null)[];
  /** Production less consumption: + = to the grid. */
  netKwh: readonly (number | null)[];
}

export const HOUR_MS = 3_600_000;

/**
 * An answer of `history/usage?scale=DAY`.
 * @param day the day that was asked for; null where the monitor's zone is not known and the answer has to say
 * Throws `MeterError` `malformed_response` where it is not about that day.
 */
export function parseDayUsage(value: unknown, asked: Date, day: LocalDay | null): DayUsage {
  const usage = expectObject(value, 'usage');
  const start = utcInstant(usage['start']) ?? day?.start;
  const end = utcInstant(usage['end']) ?? day?.end;
  if (!start || !end) {
    throw new MeterError('malformed_response', 'usage: expected start and end, the time zone is not known');
  }
  if (asked < start || asked >= end || (day && start.getTime() !== day.start.getTime())) {
    throw new MeterError(
      'malformed_response',
      `usage.start: expected the day of ${asked.toISOString()}, got ${start.toISOString()} to ${end.toISOString()}`,
    );
  }
  const consumption = expectObject(usage['consumption'], 'usage.consumption');
  expectArray(consumption['usage_breakdown_kwh'], 'usage.consumption.usage_breakdown_kwh');
  const hourlyKwh = numbersOrNull(consumption['usage_breakdown_kwh']);
  const hours = Math.ceil((end.getTime() - start.getTime()) / HOUR_MS);
  if (hourlyKwh.length > hours) {
    throw new MeterError(
      'malformed_response',
      `usage.consumption.usage_breakdown_kwh: expected at most ${hours} hours, got ${hourlyKwh.length}`,
    );
  }
  return {
    start,
    end,
    totalKwh: numberOrNull(consumption['usage_total_kwh']),
    hourlyKwh,
    devices: parseDevices(usage['device_breakdown']),
  };
}

/** An answer of `history/usage/solar?scale=DAY`. */
export function parseSolarUsage(value: unknown): SolarUsage {
  const solar = expectObject(value, 'solar usage');
  const breakdown = isJsonObject(solar['breakdown']) ? solar['breakdown'] : {};
  return {
    productionKwh: numbersOrNull(breakdown['production_kwh']),
    netKwh: numbersOrNull(breakdown['net_kwh']),
  };
}

/** The day's consumption so far: as Sense sums it up, else the sum of its hours. */
export function totalOf({ totalKwh, hourlyKwh }: DayUsage | DeviceUsage): number | null {
  if (totalKwh !== null) return totalKwh;
  let sum: number | null = hourlyKwh.length > 0 ? 0 : null;
  for (const hour of hourlyKwh) sum = sum === null || hour === null ? null : sum + hour;
  return sum === null ? null : finiteOrNull(sum);
}

function parseDevices(value: unknown): DeviceUsage[] {
  if (!Array.isArray(value)) return [];
  const devices = new Map<string, DeviceUsage>();
  for (const entry of value) {
    if (!isJsonObject(entry)) continue;
    const { id, name, consumption } = entry;
    if (typeof id !== 'string' || id === '' || id === SOLAR_DEVICE_ID || devices.has(id)) continue;
    const energy = isJsonObject(consumption) ? consumption : {};
    devices.set(id, {
      id,
      name: typeof name === 'string' && name.trim() !== '' ? name.trim() : fallbackName(id),
      totalKwh: numberOrNull(energy['usage_total_kwh']),
      hourlyKwh: numbersOrNull(energy['usage_breakdown_kwh']),
    });
  }
  return [...devices.values()];
}

function numbersOrNull(value: unknown): (number | null)[] {
  return Array.isArray(value) ? value.map(numberOrNull) : [];
}

/** Sense means UTC also where it does not say so. */
function utcInstant(value: unknown): Date | null {
  const at = typeof value === 'string' ? DateTime.fromISO(value, { zone: 'utc' }) : null;
  return at?.isValid ? at.toJSDate() : null;
}
