import { DateTime } from 'luxon';

/** Midnight of the local day that an instant is in. An unknown zone counts as UTC. */
export function localDayStart(at: Date, timeZone: string): Date {
  const local = DateTime.fromJSDate(at, { zone: timeZone });
  return (local.isValid ? local : DateTime.fromJSDate(at, { zone: 'UTC' })).startOf('day').toJSDate();
}
