import { DateTime, DurationLikeObject } from 'luxon';

export const USAGE_SCALES = ['DAY', 'WEEK', 'MONTH', 'YEAR', 'CYCLE'] as const;
export type UsageScale = (typeof USAGE_SCALES)[number];

export interface Period {
  readonly from: Date;
  readonly to: Date;
}

/** The period of a scale that holds an instant, and its parts: hours of a day, days, or months of a year. */
export function usagePeriod(
  at: Date,
  scale: UsageScale,
  timeZone: string,
): { period: Period; parts: Period[] } {
  const local = DateTime.fromJSDate(at, { zone: timeZone });
  const unit = { DAY: 'day', WEEK: 'week', MONTH: 'month', CYCLE: 'month', YEAR: 'year' } as const;
  const start = local.startOf(unit[scale]);
  const end = start.plus({ [`${unit[scale]}s`]: 1 }).startOf('day');
  const step: DurationLikeObject =
    scale === 'DAY' ? { hours: 1 } : scale === 'YEAR' ? { months: 1 } : { days: 1 };
  const parts: Period[] = [];
  for (let from = start; from < end; from = from.plus(step)) {
    const to = DateTime.min(from.plus(step), end);
    parts.push({ from: from.toJSDate(), to: to.toJSDate() });
  }
  return { period: { from: start.toJSDate(), to: end.toJSDate() }, parts };
}

/** What is left of a period when others are taken out of it. */
export function without(period: Period, others: readonly Period[]): Period[] {
  let left = [period];
  for (const other of others) {
    left = left.flatMap((part) => [
      ...(other.from > part.from ? [{ from: part.from, to: min(part.to, other.from) }] : []),
      ...(other.to < part.to ? [{ from: max(part.from, other.to), to: part.to }] : []),
    ]);
  }
  return left.filter(({ from, to }) => from < to);
}

function min(one: Date, other: Date): Date {
  return one < other ? one : other;
}

function max(one: Date, other: Date): Date {
  return one > other ? one : other;
}
