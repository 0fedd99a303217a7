import { SenseMonitor } from '../monitor';
import { SenseAccount } from '../sense-account';
import { localDay } from './local-day';
import { DayUsage, parseDayUsage, parseSolarUsage, SolarUsage } from './usage';

/** Asks for the local day that holds an instant. Throws `MeterError`. */
export async function fetchDayUsage(
  account: SenseAccount,
  monitor: SenseMonitor,
  at: Date,
  signal: AbortSignal,
): Promise<DayUsage> {
  const day = localDay(at, monitor.timeZone);
  const { value } = await account.get(usagePath(monitor, '', day?.start ?? at), signal);
  return parseDayUsage(value, at, day);
}

/** The solar part of the day that starts at `dayStart`; null where the monitor meters no solar power. */
export async function fetchSolarUsage(
  account: SenseAccount,
  monitor: SenseMonitor,
  dayStart: Date,
  signal: AbortSignal,
): Promise<SolarUsage | null> {
  if (!monitor.solarConfigured) return null;
  const { value } = await account.get(usagePath(monitor, '/solar', dayStart), signal);
  return parseSolarUsage(value);
}

function usagePath({ id }: SenseMonitor, part: '' | '/solar', start: Date): string {
  const query = new URLSearchParams({ scale: 'DAY', start: start.toISOString().slice(0, 19) });
  return `app/monitors/${id}/history/usage${part}?${query.toString()}`;
}
