import { DateTime } from 'luxon';
import { MeterError } from '@smart-meter/meter-adapter';

/** A local day, from its midnight (or first instant) to the next; 23, 24 or 25 hours, or what the zone makes of it. */
export interface LocalDay {
  /** `2026-03-29` */
  date: string;
  startMs: number;
  endMs: number;
}

export const CALENDAR_UNITS = ['day', 'week', 'month', 'year'] as const;
export type CalendarUnit = (typeof CALENDAR_UNITS)[number];

const HOUR_MINUTES = 60;
const MINUTE_MS = 60_000;
const UTC_DAY_MS = 86_400_000;
const DAYS_REMEMBERED = 1_000;

/** Days and hours as the clock on the wall of the home shows them. */
export class LocalCalendar {
  readonly timeZone: string;
  /** By days of UTC, each of which has parts of a few local ones. */
  readonly #days = new Map<number, readonly LocalDay[]>();
  readonly #hourStarts = new Map<number, readonly number[]>();

  /** Throws `MeterError('configuration')` for a zone that is none. */
  constructor(timeZone: string) {
    if (!DateTime.utc().setZone(timeZone).isValid) {
      throw new MeterError(
        'configuration',
        `timeZone: expected an IANA time zone such as Europe/Berlin, got ${timeZone}`,
      );
    }
    this.timeZone = timeZone;
  }

  /** The day that the instant is in. */
  dayOf(atMs: number): LocalDay {
    const known = this.#days.get(Math.floor(atMs / UTC_DAY_MS));
    return known?.find(({ startMs, endMs }) => startMs <= atMs && atMs < endMs) ?? this.#newDay(atMs);
  }

  /** The local hour that the instant is in. */
  hourOf(atMs: number): { startMs: number; endMs: number } {
    const day = this.dayOf(atMs);
    const starts = this.hourStartsOf(day);
    const index = starts.findLastIndex((startMs) => startMs <= atMs);
    return { startMs: starts[index] ?? day.startMs, endMs: starts[index + 1] ?? day.endMs };
  }

  /** Where the hours of a day start; the first is the day's own start. One that the clocks change in may be shorter. */
  hourStartsOf({ startMs, endMs }: LocalDay): readonly number[] {
    let starts = this.#hourStarts.get(startMs);
    if (starts === undefined) {
      starts = this.#newHourStarts(startMs, endMs);
      remember(this.#hourStarts, startMs, starts);
    }
    return starts;
  }

  /** The day, ISO week, month or year that the instant is in. */
  periodOf(unit: CalendarUnit, atMs: number): { startMs: number; endMs: number } {
    const start = this.#at(atMs).startOf(unit);
    const end = start.plus({ [unit]: 1 }).startOf(unit);
    return { startMs: this.#firstOfDay(start).toMillis(), endMs: this.#firstOfDay(end).toMillis() };
  }

  /** `2026-03-29`, the local date of an instant. */
  dateOf(atMs: number): string {
    return this.dayOf(atMs).date;
  }

  #at(atMs: number): DateTime {
    return DateTime.fromMillis(atMs, { zone: this.timeZone });
  }

  #newDay(atMs: number): LocalDay {
    const start = this.#firstOfDay(this.#at(atMs));
    // From noon, so that a day without a midnight of its own is not skipped.
    const end = this.#firstOfDay(start.set({ hour: 12 }).plus({ days: 1 }));
    const day = { date: start.toISODate() ?? '', startMs: start.toMillis(), endMs: end.toMillis() };
    const utcDay = Math.floor(atMs / UTC_DAY_MS);
    remember(this.#days, utcDay, [...(this.#days.get(utcDay) ?? []), day]);
    return day;
  }

  /** The first instant of the local date; where the clocks go back over midnight, that is the first of two midnights. */
  #firstOfDay(time: DateTime): DateTime {
    const start = time.startOf('day');
    const before = this.#at(start.toMillis() - 1);
    return before.day === start.day ? before.startOf('day') : start;
  }

  #newHourStarts(startMs: number, endMs: number): number[] {
    const starts: number[] = [];
    for (let atMs = startMs; atMs < endMs;) {
      starts.push(atMs);
      atMs += (HOUR_MINUTES - this.#at(atMs).minute) * MINUTE_MS;
    }
    return starts;
  }
}

function remember<Value>(cache: Map<number, Value>, key: number, value: Value): void {
  if (cache.size >= DAYS_REMEMBERED) cache.clear();
  cache.set(key, value);
}
