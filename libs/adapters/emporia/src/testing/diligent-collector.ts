import { isMeterError, MeterReading, TimeRange } from '@smart-meter/meter-adapter';
import { EmporiaMeter } from '../emporia-meter';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const signal = new AbortController().signal;

/** What a service does with a meter: polls it, keeps what it says, and closes gaps from its history. */
export class DiligentCollector {
  readonly readings: MeterReading[] = [];
  readonly failures = new Map<string, number>();
  private readonly covered: Uint8Array;
  private readonly given: Uint8Array;

  constructor(private readonly period: TimeRange) {
    const minutes = (period.to.getTime() - period.from.getTime()) / MINUTE_MS;
    this.covered = new Uint8Array(minutes);
    this.given = new Uint8Array(minutes);
  }

  async poll(meter: EmporiaMeter): Promise<void> {
    try {
      this.keep((await meter.fetchConsumption(signal)).reading);
    } catch (error) {
      this.note(error);
    }
  }

  /** Asks the history for every minute before `until` that is neither known nor known to be unavailable. */
  async closeGaps(meter: EmporiaMeter, until: Date): Promise<void> {
    for (const gap of this.gaps(until)) {
      try {
        for await (const { readings, unavailable } of meter.fetchHistory(gap, signal)) {
          for (const reading of readings) {
            this.keep(reading);
            // A plug went on alone: a day later the panel's own data no longer comes.
            const isSettled = until.getTime() - reading.observedAt.getTime() > DAY_MS;
            if (isSettled) this.eachMinute(spanOf(reading), (minute) => (this.given[minute] = 1));
          }
          for (const { range } of unavailable) this.eachMinute(range, (minute) => (this.given[minute] = 1));
        }
      } catch (error) {
        this.note(error);
      }
    }
  }

  gaps(until: Date): TimeRange[] {
    const gaps: TimeRange[] = [];
    const minutes = Math.min(this.covered.length, this.minuteOf(until.getTime()));
    for (let minute = 0; minute < minutes; minute += 1) {
      if (this.covered[minute] || this.given[minute]) continue;
      let end = minute + 1;
      while (end < minutes && !this.covered[end] && !this.given[end]) end += 1;
      gaps.push({ from: this.instantOf(minute), to: this.instantOf(end) });
      minute = end;
    }
    return gaps;
  }

  /** Whether the minute that begins at an instant was told by a reading. */
  isCovered(at: Date): boolean {
    return this.covered[this.minuteOf(at.getTime())] === 1;
  }

  /** Energy of the known minutes, kWh; each minute counts once, however many readings speak of it. */
  energyKwh(powerW: (reading: MeterReading) => number | null | undefined): number {
    let sumKwh = 0;
    let endMs = -Infinity;
    const known = this.readings.filter((reading) => typeof powerW(reading) === 'number');
    known.sort((a, b) => a.observedAt.getTime() - b.observedAt.getTime());
    for (const reading of known) {
      const atMs = reading.observedAt.getTime();
      const startMs = Math.max(endMs, atMs - reading.averagedOverS * 1000, this.period.from.getTime());
      sumKwh += ((powerW(reading) ?? 0) * Math.max(0, atMs - startMs)) / 3.6e9;
      endMs = Math.max(endMs, atMs);
    }
    return sumKwh;
  }

  private keep(reading: MeterReading): void {
    if (typeof reading.totalPowerW !== 'number') return;
    let isNews = false;
    this.eachMinute(spanOf(reading), (minute) => {
      isNews ||= !this.covered[minute];
      this.covered[minute] = 1;
    });
    if (isNews) this.readings.push(reading);
  }

  private note(error: unknown): void {
    if (!isMeterError(error)) throw error;
    this.failures.set(error.code, (this.failures.get(error.code) ?? 0) + 1);
  }

  private eachMinute({ from, to }: TimeRange, visit: (minute: number) => void): void {
    const last = Math.min(this.covered.length, this.minuteOf(to.getTime()));
    for (let minute = Math.max(0, this.minuteOf(from.getTime())); minute < last; minute += 1) visit(minute);
  }

  private minuteOf(atMs: number): number {
    return Math.floor((atMs - this.period.from.getTime()) / MINUTE_MS);
  }

  private instantOf(minute: number): Date {
    return new Date(this.period.from.getTime() + minute * MINUTE_MS);
  }
}

function spanOf({ observedAt, averagedOverS }: MeterReading): TimeRange {
  return { from: new Date(observedAt.getTime() - averagedOverS * 1000), to: observedAt };
}
