import { DateTime } from 'luxon';

/** One calendar day of a home: 23, 24 or 25 hours. */
export interface LocalDay {
  start: Date;
  /** The next local midnight. */
  end: Date;
}

/** @param timeZone an IANA zone; null where it is not known */
export function localDay(at: Date, timeZone: string | null): LocalDay | null {
  if (timeZone === null) return null;
  const start = DateTime.fromJSDate(at, { zone: timeZone }).startOf('day');
  return { start: start.toJSDate(), end: start.plus({ days: 1 }).startOf('day').toJSDate() };
}
