import { DateTime } from 'luxon';

/** Time zones are slow and days are long: the day that was worked out last, per zone. */
const lastDays = new Map<string, { startMs: number; endMs: number }>();

/** Midnight of the local day that an instant is in, ms. An unknown zone counts as UTC. */
export function localDayStartMs(atMs: number, timeZone: string): number {
  const last = lastDays.get(timeZone);
  if (last && last.startMs <= atMs && atMs < last.endMs) return last.startMs;
  const local = DateTime.fromMillis(atMs, { zone: timeZone });
  const start = (local.isValid ? local : DateTime.fromMillis(atMs, { zone: 'UTC' })).startOf('day');
  const day = { startMs: start.toMillis(), endMs: start.plus({ days: 1 }).startOf('day').toMillis() };
  lastDays.set(timeZone, day);
  return day.startMs;
}
