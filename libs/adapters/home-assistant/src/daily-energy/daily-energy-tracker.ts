import { DateTime } from 'luxon';
import { CounterEntity, CounterSample, counterSample, counterStep, countsSince } from './counter';

/** Plain JSON: what the tracker has to know after a restart. */
export type DailyEnergySnapshot = Readonly<Record<string, CounterSnapshot>>;

export interface CounterSnapshot {
  /** The local day that `usedKwh` belongs to, `2026-01-31`. */
  day: string;
  /** Energy since that day's midnight, kWh; null = the counter's value at midnight is not known. */
  usedKwh: number | null;
  lastKwh: number;
  lastAtMs: number;
  lastResetMs: number | null;
}

export interface DailyEnergyTrackerOptions {
  /** IANA name of the home's time zone. */
  timeZone: string;
  saved?: DailyEnergySnapshot;
}

/** A gap over midnight up to this long is shared out evenly; over a longer one nobody knows the value at midnight. */
const LONGEST_INTERPOLATION_MS = 60 * 60_000;

/**
 * Energy since local midnight from energy counters of any kind: lifetime or daily, with resets.
 * What cannot be known is null: a lifetime counter needs its value at midnight, seen or handed in as a baseline.
 */
export class DailyEnergyTracker {
  private readonly counters: Map<string, CounterSnapshot>;
  /** The day that was asked for last: mostly it is asked for again. */
  private today: { midnight: DateTime; endMs: number } | undefined;

  constructor(private readonly options: DailyEnergyTrackerOptions) {
    this.counters = new Map(Object.entries(options.saved ?? {}));
  }

  /** Takes note of a counter; a state that is no energy leaves everything as it is. */
  observe(entity: CounterEntity, at: Date): void {
    const sample = counterSample(entity, at);
    if (!sample) return;
    const midnight = this.midnightBefore(at);
    const day = dayOf(midnight);
    const before = this.counters.get(entity.entityId);
    if (before && before.day === day && at.getTime() < before.lastAtMs) return;
    this.counters.set(entity.entityId, {
      day,
      usedKwh: usedSince(midnight, before, sample),
      lastKwh: sample.valueKwh,
      lastAtMs: at.getTime(),
      lastResetMs: sample.lastReset?.getTime() ?? before?.lastResetMs ?? null,
    });
  }

  /** kWh since the local midnight before `at`; null = unknown. */
  dailyKwh(entityId: string, at: Date): number | null {
    const counter = this.counters.get(entityId);
    return counter?.day === dayOf(this.midnightBefore(at)) ? counter.usedKwh : null;
  }

  /** The counters whose value at the midnight before `at` is wanted, and that midnight. */
  missingBaselines(at: Date): { midnight: Date; entityIds: string[] } {
    const midnight = this.midnightBefore(at);
    const day = dayOf(midnight);
    return {
      midnight: midnight.toJSDate(),
      entityIds: [...this.counters]
        .filter(([, counter]) => counter.day === day && counter.usedKwh === null)
        .map(([entityId]) => entityId),
    };
  }

  /** Hands in a counter as it was at midnight, from history; what has been learnt meanwhile is kept. */
  setBaseline(entity: CounterEntity, midnight: Date): void {
    const counter = this.counters.get(entity.entityId);
    const baseline = counterSample(entity, midnight);
    const isToday = counter?.day === dayOf(this.midnightBefore(midnight));
    if (!counter || !baseline || !isToday || counter.usedKwh !== null) return;
    const { deltaKwh } = counterStep(
      { valueKwh: baseline.valueKwh, lastResetMs: baseline.lastReset?.getTime() ?? null },
      {
        ...baseline,
        valueKwh: counter.lastKwh,
        lastReset: counter.lastResetMs === null ? null : new Date(counter.lastResetMs),
      },
    );
    this.counters.set(entity.entityId, { ...counter, usedKwh: deltaKwh });
  }

  /** Only the counters that were seen within the last days: renamed and removed ones are forgotten. */
  toJSON(): DailyEnergySnapshot {
    const newestMs = Math.max(0, ...[...this.counters.values()].map(({ lastAtMs }) => lastAtMs));
    return Object.fromEntries(
      [...this.counters].filter(([, { lastAtMs }]) => newestMs - lastAtMs < FORGOTTEN_AFTER_MS),
    );
  }

  private midnightBefore(at: Date): DateTime {
    const atMs = at.getTime();
    if (!this.today || atMs < this.today.midnight.toMillis() || atMs >= this.today.endMs) {
      const midnight = DateTime.fromJSDate(at, { zone: this.options.timeZone }).startOf('day');
      this.today = { midnight, endMs: midnight.plus({ days: 1 }).toMillis() };
    }
    return this.today.midnight;
  }
}

const FORGOTTEN_AFTER_MS = 7 * 24 * 60 * 60_000;

function usedSince(
  midnight: DateTime,
  before: CounterSnapshot | undefined,
  sample: CounterSample,
): number | null {
  const atMs = sample.at.getTime();
  const isAlone = countsSince(midnight, sample) ? sample.valueKwh : null;
  // A clock that was set back leaves nothing to build on.
  if (!before || before.lastAtMs > atMs) return isAlone;
  const step = counterStep({ valueKwh: before.lastKwh, lastResetMs: before.lastResetMs }, sample);
  if (before.day === dayOf(midnight)) {
    if (before.usedKwh !== null) return before.usedKwh + step.deltaKwh;
    return step.isReset && sample.isCalledDaily ? sample.valueKwh : isAlone;
  }
  const gapMs = atMs - before.lastAtMs;
  if (step.isReset) {
    // What a daily counter shows after its reset is of today; another may have been reset at any time of a long gap.
    return sample.isCalledDaily || gapMs <= LONGEST_INTERPOLATION_MS ? sample.valueKwh : isAlone;
  }
  if (gapMs <= LONGEST_INTERPOLATION_MS) {
    return gapMs === 0 ? 0 : (step.deltaKwh * (atMs - midnight.toMillis())) / gapMs;
  }
  return isAlone;
}

function dayOf(midnight: DateTime): string {
  return midnight.toISODate() ?? '';
}
