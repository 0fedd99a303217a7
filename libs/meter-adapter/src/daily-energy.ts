import { DocumentStore } from './document-store';
import { isJsonObject } from './payload';

export interface DailyEnergyOptions {
  /** IANA zone whose midnights count. */
  timeZone: string;
  /** What must be known after a restart; without it a restart waits for the next midnight. */
  store?: DocumentStore;
}

interface CounterState {
  /** The local day that `usedKwh` belongs to, `2026-01-31`. */
  day: string;
  /** Energy since that day's midnight, kWh; null = the counter's value at midnight is not known. */
  usedKwh: number | null;
  lastKwh: number;
  lastAtMs: number;
}

/** A gap over midnight up to this long is shared out evenly; over a longer one nobody knows the value at midnight. */
const LONGEST_INTERPOLATION_MS = 60 * 60_000;

/**
 * Energy since local midnight from counters that only grow, for meters that tell lifetime energy.
 * A counter that falls was reset and counts from 0 again. What cannot be known is null.
 */
export class DailyEnergy {
  private readonly counters = new Map<string, CounterState>();
  private readonly calendar: Intl.DateTimeFormat;
  private loading: Promise<void> | undefined;

  constructor(private readonly options: DailyEnergyOptions) {
    this.calendar = new Intl.DateTimeFormat('en-CA', {
      timeZone: options.timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
  }

  /** Takes up what was saved, once. Throws `MeterError` where it cannot be read; counting works all the same. */
  load(): Promise<void> {
    this.loading ??= this.takeUpSaved();
    return this.loading;
  }

  /** Throws `MeterError` where it cannot be written. */
  async save(): Promise<void> {
    await this.options.store?.save(Object.fromEntries(this.counters));
  }

  /** Takes note of a counter's value, kWh. */
  observe(counterId: string, totalKwh: number, at: Date): void {
    const atMs = at.getTime();
    const day = this.dayOf(atMs);
    const before = this.counters.get(counterId);
    if (before && before.day === day && atMs < before.lastAtMs) return;
    const usedKwh = before ? this.usedSince(day, before, totalKwh, atMs) : null;
    this.counters.set(counterId, { day, usedKwh, lastKwh: totalKwh, lastAtMs: atMs });
  }

  /** Energy of a counter since the local midnight before `at`, kWh; null = unknown. */
  usedKwh(counterId: string, at: Date): number | null {
    const counter = this.counters.get(counterId);
    return counter?.day === this.dayOf(at.getTime()) ? counter.usedKwh : null;
  }

  /**
   * Hands in what another source says was used since midnight, kWh, where that is not known.
   * @param atTotalKwh what the counter showed then
   */
  setUsedKwh(counterId: string, usedKwh: number, atTotalKwh: number): void {
    const counter = this.counters.get(counterId);
    if (counter?.usedKwh !== null) return;
    const sinceKwh = Math.max(0, counter.lastKwh - atTotalKwh);
    this.counters.set(counterId, { ...counter, usedKwh: usedKwh + sinceKwh });
  }

  private usedSince(day: string, before: CounterState, totalKwh: number, atMs: number): number | null {
    const isReset = totalKwh < before.lastKwh;
    const stepKwh = isReset ? totalKwh : totalKwh - before.lastKwh;
    if (before.day === day) return before.usedKwh === null ? null : before.usedKwh + stepKwh;
    const gapMs = atMs - before.lastAtMs;
    // A clock that was set back leaves nothing to build on.
    if (gapMs <= 0 || gapMs > LONGEST_INTERPOLATION_MS) return null;
    return isReset ? totalKwh : (stepKwh * (atMs - this.startOfDay(day, before.lastAtMs, atMs))) / gapMs;
  }

  /** The instant between the two at which the day begins. */
  private startOfDay(day: string, beforeMs: number, afterMs: number): number {
    let [low, high] = [beforeMs, afterMs];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.dayOf(middle) === day) high = middle;
      else low = middle;
    }
    return high;
  }

  private dayOf(atMs: number): string {
    return this.calendar.format(atMs);
  }

  private async takeUpSaved(): Promise<void> {
    const saved = await this.options.store?.load();
    if (!isJsonObject(saved)) return;
    for (const [counterId, state] of Object.entries(saved)) {
      if (isCounterState(state) && !this.counters.has(counterId)) this.counters.set(counterId, state);
    }
  }
}

function isCounterState(value: unknown): value is CounterState {
  return (
    isJsonObject(value) &&
    typeof value['day'] === 'string' &&
    (value['usedKwh'] === null || Number.isFinite(value['usedKwh'])) &&
    Number.isFinite(value['lastKwh']) &&
    Number.isFinite(value['lastAtMs'])
  );
}
