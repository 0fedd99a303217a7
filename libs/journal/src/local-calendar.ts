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
const DAYS_REMEMBERED = 1_000;

/** Days and hours as the clock on the wall of the home shows them. */
export class LocalCalendar {
  readonly timeZone: string;
  readonly #days = new Map<number, LocalDay>();
  readonly #hourStarts = new Map<number, readonly number[]>();
  #last: LocalDay | undefined;

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
    const last = this.#last;
    if (last !== undefined && last.startMs <= atMs && atMs < last.endMs) return last;
    const start = firstOfDay(this.#at(atMs));
    const day = this.#days.get(start.toMillis()) ?? this.#newDay(start);
    this.#last = day;
    return day;
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
    return { startMs: firstOfDay(start).toMillis(), endMs: firstOfDay(end).toMillis() };
  }

  /** `2026-03-29`, the local date of an instant. */
  dateOf(atMs: number): string {
    return this.dayOf(atMs).date;
  }

  #at(atMs: number): DateTime {
    return DateTime.fromMillis(atMs, { zone: this.timeZone });
  }

  #newDay(start: DateTime): LocalDay {
    const startMs = start.toMillis();
    // From noon, so that a day without a midnight of its own is not skipped.
    const endMs = firstOfDay(start.set({ hour: 12 }).plus({ days: 1 })).toMillis();
    const day = { date: start.toISODate() ?? '', startMs, endMs };
    remember(this.#days, startMs, day);
    return day;
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

/** The first instant of the local date; where the clocks go back over midnight, that is the first of two midnights. */
function firstOfDay(time: DateTime): DateTime {
  const start = time.startOf('day');
  const before = start.minus({ milliseconds: 1 });
  return before.toISODate() === start.toISODate() ? before.startOf('day') : start;
}

function remember<Value>(cache: Map<number, Value>, key: number, value: Value): void {
  if (cache.size >= DAYS_REMEMBERED) cache.clear();
  cache.set(key, value);
}
