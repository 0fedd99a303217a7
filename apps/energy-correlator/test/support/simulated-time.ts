import { Clock, systemClock } from '@smart-meter/meter-adapter';

/** A wall clock that a test sets; waiting takes real time. */
export class SimulatedTime implements Clock {
  private atMs: number;

  constructor(start: Date) {
    this.atMs = start.getTime();
  }

  now(): Date {
    return new Date(this.atMs);
  }

  set(at: Date): void {
    this.atMs = at.getTime();
  }

  monotonicMs(): number {
    return systemClock.monotonicMs();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }
}
