import { AttributeSet } from './state-machine';
import { conversionFactor } from './units';

export const FIVE_MINUTES_MS = 300_000;
export const HOUR_MS = 3_600_000;

/** What lies further back after a leap of the clock is not compiled. */
const LONGEST_CATCH_UP_MS = 48 * HOUR_MS;

/** One row of statistics. A meter has state and sum, a measurement mean, min and max; the others are null. */
export interface StatisticsRow {
  readonly startMs: number;
  readonly mean: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly state: number | null;
  readonly sum: number | null;
  readonly lastResetMs: number | null;
}

export interface StatisticsMetadata {
  readonly statisticId: string;
  readonly hasMean: boolean;
  readonly hasSum: boolean;
  readonly unit: string | null;
}

interface StateToCompile {
  readonly state: string | null;
  readonly attributes: AttributeSet;
  readonly lastUpdatedMs: number;
}

type StateClass = 'measurement' | 'total' | 'total_increasing';

/** What one entity has gathered in the current five minutes, and its running sum. */
interface Accumulator {
  metadata: StatisticsMetadata;
  readonly stateClass: StateClass;
  readonly shortTerm: StatisticsRow[];
  readonly longTerm: StatisticsRow[];
  /** The value in force; null while it is not a number. */
  current: number | null;
  /** The last number of this bucket: it is held through `unavailable`, as the real compiler does. */
  held: number | null;
  heldSinceMs: number;
  firstMs: number;
  weightedSum: number;
  min: number;
  max: number;
  zeroPoint: number | null;
  sum: number;
  lastResetMs: number | null;
}

/**
 * Compiles 5-minute and hourly statistics as Home Assistant does: time-weighted means from the first valid state of a
 * bucket, sums by the rules of the state class.
 */
export class StatisticsCompiler {
  private readonly accumulators = new Map<string, Accumulator>();
  private bucketStartMs: number | null = null;

  /** `onCompiled` is told when a bucket of five minutes, or the hour that it ends, is done. */
  constructor(private readonly onCompiled: (period: '5min' | 'hourly') => void = () => undefined) {}

  get metadata(): StatisticsMetadata[] {
    return [...this.accumulators.values()].map((accumulator) => accumulator.metadata);
  }

  /** Rows of five minutes or an hour with from <= start < to, oldest first. */
  rows(
    statisticId: string,
    period: '5minute' | 'hour',
    fromMs: number,
    toMs: number,
  ): readonly StatisticsRow[] {
    const accumulator = this.accumulators.get(statisticId);
    const rows = period === '5minute' ? accumulator?.shortTerm : accumulator?.longTerm;
    return (rows ?? []).filter(({ startMs }) => startMs >= fromMs && startMs < toMs);
  }

  metadataOf(statisticId: string): StatisticsMetadata | undefined {
    return this.accumulators.get(statisticId)?.metadata;
  }

  record(entityId: string, state: StateToCompile): void {
    this.compileUntil(state.lastUpdatedMs);
    const accumulator = this.accumulators.get(entityId) ?? this.create(entityId, state);
    if (accumulator === null) return;
    const value = numberOf(state, accumulator.metadata.unit);
    accumulator.current = value;
    if (value === null) return;
    if (accumulator.metadata.hasSum && !addToSum(accumulator, value, state)) return;
    hold(accumulator, value, state.lastUpdatedMs);
  }

  /** Closes every bucket that has ended by then. */
  compileUntil(nowMs: number): void {
    const currentMs = nowMs - (nowMs % FIVE_MINUTES_MS);
    this.bucketStartMs = Math.max(this.bucketStartMs ?? currentMs, currentMs - LONGEST_CATCH_UP_MS);
    while (this.bucketStartMs + FIVE_MINUTES_MS <= nowMs) {
      const endMs: number = this.bucketStartMs + FIVE_MINUTES_MS;
      for (const accumulator of this.accumulators.values())
        closeBucket(accumulator, this.bucketStartMs, endMs);
      this.onCompiled('5min');
      if (endMs % HOUR_MS === 0) {
        for (const accumulator of this.accumulators.values()) closeHour(accumulator, endMs - HOUR_MS);
        this.onCompiled('hourly');
      }
      this.bucketStartMs = endMs;
    }
  }

  rename(statisticId: string, newStatisticId: string): void {
    const accumulator = this.accumulators.get(statisticId);
    if (accumulator === undefined) return;
    accumulator.metadata = { ...accumulator.metadata, statisticId: newStatisticId };
    this.accumulators.delete(statisticId);
    this.accumulators.set(newStatisticId, accumulator);
  }

  /** Hourly rows are kept for ever. */
  purgeShortTerm(beforeMs: number): void {
    for (const { shortTerm } of this.accumulators.values()) {
      const keepFrom = shortTerm.findIndex(({ startMs }) => startMs >= beforeMs);
      shortTerm.splice(0, keepFrom < 0 ? shortTerm.length : keepFrom);
    }
  }

  private create(entityId: string, state: StateToCompile): Accumulator | null {
    const { state_class: stateClass, unit_of_measurement: unit } = state.attributes.values;
    if (!isStateClass(stateClass)) return null;
    const isMeasurement = stateClass === 'measurement';
    const accumulator: Accumulator = {
      metadata: {
        statisticId: entityId,
        hasMean: isMeasurement,
        hasSum: !isMeasurement,
        unit: typeof unit === 'string' ? unit : null,
      },
      stateClass,
      shortTerm: [],
      longTerm: [],
      current: null,
      held: null,
      heldSinceMs: 0,
      firstMs: 0,
      weightedSum: 0,
      min: 0,
      max: 0,
      zeroPoint: null,
      sum: 0,
      lastResetMs: null,
    };
    this.accumulators.set(entityId, accumulator);
    return accumulator;
  }
}

function isStateClass(value: unknown): value is StateClass {
  return value === 'measurement' || value === 'total' || value === 'total_increasing';
}

/** The state as a number in the unit of the statistics; null for everything else. */
function numberOf({ state, attributes }: StateToCompile, unit: string | null): number | null {
  if (state === null || state.trim() === '') return null;
  const value = Number(state);
  const given = attributes.values['unit_of_measurement'];
  const factor = conversionFactor(typeof given === 'string' ? given : null, unit);
  return Number.isFinite(value) && factor !== null ? value * factor : null;
}

function hold(accumulator: Accumulator, value: number, atMs: number): void {
  if (accumulator.held === null) {
    accumulator.firstMs = atMs;
    accumulator.weightedSum = 0;
    accumulator.min = value;
    accumulator.max = value;
  } else {
    accumulator.weightedSum += accumulator.held * (atMs - accumulator.heldSinceMs);
    accumulator.min = Math.min(accumulator.min, value);
    accumulator.max = Math.max(accumulator.max, value);
  }
  accumulator.held = value;
  accumulator.heldSinceMs = atMs;
}

/** Returns false for a value that the real compiler skips. */
function addToSum(accumulator: Accumulator, value: number, state: StateToCompile): boolean {
  const previous = accumulator.held ?? accumulator.shortTerm.at(-1)?.state ?? null;
  const first = accumulator.zeroPoint === null;
  let reset: boolean;
  if (accumulator.stateClass === 'total') {
    const lastResetMs = Date.parse(String(state.attributes.values['last_reset'] ?? ''));
    reset = !Number.isNaN(lastResetMs) && lastResetMs !== accumulator.lastResetMs;
    if (reset) accumulator.lastResetMs = lastResetMs;
  } else {
    if (value < 0) return false;
    reset = previous !== null && value < 0.9 * previous;
  }
  if (first) {
    accumulator.zeroPoint = value;
  } else if (reset) {
    accumulator.sum += (previous ?? 0) - (accumulator.zeroPoint ?? 0);
    accumulator.zeroPoint = 0;
  }
  return true;
}

function closeBucket(accumulator: Accumulator, startMs: number, endMs: number): void {
  const { held, metadata } = accumulator;
  if (held !== null) {
    const none = { mean: null, min: null, max: null, state: null, sum: null, lastResetMs: null };
    if (metadata.hasMean) {
      const weightedSum = accumulator.weightedSum + held * (endMs - accumulator.heldSinceMs);
      const mean = weightedSum / (endMs - accumulator.firstMs);
      accumulator.shortTerm.push({ ...none, startMs, mean, min: accumulator.min, max: accumulator.max });
    } else {
      const sum = accumulator.sum + held - (accumulator.zeroPoint ?? held);
      accumulator.sum = sum;
      accumulator.zeroPoint = held;
      const { lastResetMs } = accumulator;
      accumulator.shortTerm.push({ ...none, startMs, state: held, sum, lastResetMs });
    }
  }
  accumulator.held = null;
  if (accumulator.current !== null) hold(accumulator, accumulator.current, endMs);
}

function closeHour(accumulator: Accumulator, startMs: number): void {
  const rows = accumulator.shortTerm.slice(-12).filter((row) => row.startMs >= startMs);
  if (rows.length > 0) accumulator.longTerm.push(mergeRows(rows, startMs));
}

/** One row for many: the mean of the means, the last state and sum. */
export function mergeRows(rows: readonly StatisticsRow[], startMs: number): StatisticsRow {
  const numbers = (pick: (row: StatisticsRow) => number | null): number[] =>
    rows.map(pick).filter((value) => value !== null);
  const means = numbers((row) => row.mean);
  const last = rows.at(-1);
  return {
    startMs,
    mean: means.length === 0 ? null : means.reduce((sum, mean) => sum + mean, 0) / means.length,
    min: means.length === 0 ? null : Math.min(...numbers((row) => row.min)),
    max: means.length === 0 ? null : Math.max(...numbers((row) => row.max)),
    state: last?.state ?? null,
    sum: last?.sum ?? null,
    lastResetMs: last?.lastResetMs ?? null,
  };
}
