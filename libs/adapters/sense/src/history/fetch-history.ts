import { HistoryChunk, MeterError, TimeRange } from '@smart-meter/meter-adapter';
import { CircuitTable } from '../live/circuits';
import { SenseMonitor } from '../monitor';
import { SenseAccount } from '../sense-account';
import { dayReadings, hoursOf } from './day-readings';
import { DayUsage } from './usage';
import { fetchDayUsage, fetchSolarUsage } from './usage-client';

/** Sense corrects an hour for about ten minutes after its end. */
const SETTLES_AFTER_MS = 10 * 60_000;
/** Between two days, so that a year of history takes no more than 30 days a minute. */
const PAUSE_MS = 2_000;

export interface HistoryContext {
  account: SenseAccount;
  monitor: SenseMonitor;
  meterId: string;
  table: CircuitTable;
}

/**
 * A chunk per local day, with a reading per hour. An hour that has not settled yet ends the run with `unavailable`
 * and the wait in `retryAfterMs`: its chunk is not handed out, so the next run begins there.
 */
export async function* fetchHistory(
  context: HistoryContext,
  range: TimeRange,
  signal: AbortSignal,
): AsyncGenerator<HistoryChunk> {
  const { account, monitor } = context;
  let { from } = range;
  const { createdAt } = monitor;
  if (createdAt && from < createdAt && from < range.to) {
    const before = { from, to: min(createdAt, range.to) };
    yield {
      range: before,
      readings: [],
      unavailable: [{ range: before, reason: 'the Sense monitor was not set up yet' }],
    };
    from = before.to;
  }
  for (let isFirst = true; from < range.to; isFirst = false) {
    signal.throwIfAborted();
    if (from >= account.clock.now()) throw notSettled(from, account.clock.now());
    if (!isFirst) await account.clock.sleep(PAUSE_MS, signal);
    const usage = await fetchDayUsage(account, monitor, from, signal);
    const part = { from, to: min(usage.end, range.to) };
    const unsettled = firstUnsettledHour(usage, part, account.clock.now());
    const settledTo = unsettled ? new Date(Math.max(from.getTime(), unsettled.from.getTime())) : part.to;
    if (settledTo > from) yield await chunkOf(context, usage, { from, to: settledTo }, signal);
    if (unsettled) throw notSettled(unsettled.to, account.clock.now());
    from = part.to;
  }
}

async function chunkOf(
  { account, monitor, meterId, table }: HistoryContext,
  usage: DayUsage,
  range: TimeRange,
  signal: AbortSignal,
): Promise<HistoryChunk> {
  const solar = await fetchSolarUsage(account, monitor, usage.start, signal);
  return { range, ...dayReadings(meterId, usage, solar, range, table) };
}

/** The first hour that ends within `part` and may still be corrected, or is still to be told. */
function firstUnsettledHour(usage: DayUsage, part: TimeRange, now: Date): TimeRange | null {
  const settledEndMs = now.getTime() - SETTLES_AFTER_MS;
  const isDaySettled = usage.end.getTime() <= settledEndMs;
  for (const { index, start, end } of hoursOf(usage)) {
    if (end > part.to) return null;
    const isTold = isDaySettled || index < usage.hourlyKwh.length;
    if (end > part.from && (end.getTime() > settledEndMs || !isTold)) return { from: start, to: end };
  }
  return null;
}

function notSettled(hourEnd: Date, now: Date): MeterError {
  return new MeterError(
    'unavailable',
    `Sense settles an hour ten minutes after its end: the one that ends at ${hourEnd.toISOString()} is not final yet`,
    { retryAfterMs: Math.max(60_000, hourEnd.getTime() + SETTLES_AFTER_MS - now.getTime()) },
  );
}

function min(one: Date, other: Date): Date {
  return one < other ? one : other;
}
