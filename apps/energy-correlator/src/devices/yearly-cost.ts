import { costOf, Tariff } from './tariff';

const WEEK_MS = 7 * 86_400_000;
const WEEKS_PER_YEAR = 365.25 / 7;

/** What so much power costs in a year, at the prices of a week. */
export function yearlyCost(tariff: Tariff, powerW: number, nowMs: number): number {
  return costOf(tariff, nowMs, nowMs + WEEK_MS, powerW) * WEEKS_PER_YEAR;
}
