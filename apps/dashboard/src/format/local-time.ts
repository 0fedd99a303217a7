/** A local date such as `2026-11-23`. */
export type LocalDate = string;

export const PERIOD_KINDS = ['day', 'week', 'month', 'year'] as const;
export type PeriodKind = (typeof PERIOD_KINDS)[number];

/** A calendar period of the home: from its first local midnight to the one after its last day. */
export interface CalendarPeriod {
  kind: PeriodKind;
  /** Its first day. */
  date: LocalDate;
  fromMs: number;
  toMs: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const formatters = new Map<string, Intl.DateTimeFormat>();

/** The wall clock of a zone at an instant, as if it were UTC: ms since 1970. */
export function wallClockMs(atMs: number, timeZone: string): number {
  let formatter = formatters.get(timeZone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(timeZone, formatter);
  }
  const part: Record<string, number> = {};
  for (const { type, value } of formatter.formatToParts(atMs)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((atMs % 1000) + 1000) % 1000);
}

export function localDate(atMs: number, timeZone: string): LocalDate {
  return new Date(wallClockMs(atMs, timeZone)).toISOString().slice(0, 10);
}

/** The first instant of a local day; also where clocks skip midnight. */
export function startOfLocalDay(date: LocalDate, timeZone: string): number {
  const wantedMs = Date.parse(`${date}T00:00:00Z`);
  const offsetAt = (atMs: number) => wallClockMs(atMs, timeZone) - atMs;
  const guessMs = wantedMs - offsetAt(wantedMs - offsetAt(wantedMs));
  if (localDate(guessMs, timeZone) < date) return guessMs + HOUR_MS;
  return localDate(guessMs - HOUR_MS, timeZone) === date ? guessMs - HOUR_MS : guessMs;
}

export function addDays(date: LocalDate, days: number): LocalDate {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The period of a kind that a date is in; weeks begin on Monday. */
export function periodAround(kind: PeriodKind, date: LocalDate, timeZone: string): CalendarPeriod {
  const first = firstDay(kind, date);
  const next = firstDay(kind, addDays(first, { day: 1, week: 7, month: 31, year: 366 }[kind]));
  return {
    kind,
    date: first,
    fromMs: startOfLocalDay(first, timeZone),
    toMs: startOfLocalDay(next, timeZone),
  };
}

/** The period before (−1) or after (+1). */
export function neighbour(period: CalendarPeriod, step: -1 | 1, timeZone: string): CalendarPeriod {
  const date = step === 1 ? localDate(period.toMs, timeZone) : addDays(period.date, -1);
  return periodAround(period.kind, date, timeZone);
}

function firstDay(kind: PeriodKind, date: LocalDate): LocalDate {
  if (kind === 'month') return `${date.slice(0, 7)}-01`;
  if (kind === 'year') return `${date.slice(0, 4)}-01-01`;
  if (kind === 'day') return date;
  const sinceMonday = (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;
  return addDays(date, -sinceMonday);
}

const PART_OF = { day: 'hour', week: 'day', month: 'day', year: 'month' } as const;

/** The first instants of the hours of a day, the days of a week or month, the months of a year; and the end. */
export function partBoundaries({ kind, date, fromMs, toMs }: CalendarPeriod, timeZone: string): number[] {
  const starts: number[] = [];
  if (PART_OF[kind] === 'hour') {
    for (let atMs = fromMs; atMs < toMs; atMs += HOUR_MS) starts.push(atMs);
  } else if (PART_OF[kind] === 'month') {
    for (let month = 1; month <= 12; month += 1) {
      starts.push(startOfLocalDay(`${date.slice(0, 4)}-${String(month).padStart(2, '0')}-01`, timeZone));
    }
  } else {
    for (let day = date; ; day = addDays(day, 1)) {
      const startMs = startOfLocalDay(day, timeZone);
      if (startMs >= toMs) break;
      starts.push(startMs);
    }
  }
  return [...starts, toMs];
}
