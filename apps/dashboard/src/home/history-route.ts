import { CalendarPeriod, LocalDate, PERIOD_KINDS, periodAround, PeriodKind } from '../format/local-time';

export interface Detail {
  stepS: number;
  label: string;
  /** As the API names it. */
  every: string;
}

const MINUTES: Detail = { stepS: 60, label: '1 min', every: '60' };
const FIVE_MINUTES: Detail = { stepS: 300, label: '5 min', every: '5m' };
const HOURS: Detail = { stepS: 3_600, label: '1 h', every: 'hour' };
const DAYS: Detail = { stepS: 86_400, label: '1 day', every: 'day' };

/** The details that a period can be shown in; the first is the usual one. */
export const DETAILS: Readonly<Record<PeriodKind, readonly [Detail, ...Detail[]]>> = {
  day: [FIVE_MINUTES, MINUTES],
  week: [FIVE_MINUTES, MINUTES, HOURS],
  month: [HOURS, FIVE_MINUTES, MINUTES],
  year: [DAYS, HOURS],
};

export interface HistoryChoice {
  period: CalendarPeriod;
  detail: Detail;
  /** null for the whole home. */
  circuitId: string | null;
}

const DATE = /^\d{4}-\d\d-\d\d$/;

/**
 * What `#/history/week/2026-11-16/60/kitchen` asks for; what is missing or wrong is today, the day, the usual detail,
 * the whole home.
 */
export function historyChoice(details: readonly string[], today: LocalDate, timeZone: string): HistoryChoice {
  const kind = PERIOD_KINDS.find((known) => known === details[0]) ?? 'day';
  const [, date = ''] = details;
  const isDate = DATE.test(date) && !Number.isNaN(Date.parse(date)) && date <= today;
  const period = periodAround(kind, isDate ? date : today, timeZone);
  const detail = DETAILS[kind].find(({ stepS }) => String(stepS) === details[2]) ?? DETAILS[kind][0];
  return { period, detail, circuitId: decoded(details[3]) };
}

function decoded(text: string | undefined): string | null {
  try {
    return text === undefined ? null : decodeURIComponent(text);
  } catch {
    return null;
  }
}
