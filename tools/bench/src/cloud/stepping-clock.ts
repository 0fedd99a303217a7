import { Clock } from '@smart-meter/meter-adapter';

/** Moves when it is told to; nothing waits on it. */
export class SteppingClock implements Clock {
  private elapsedMs = 0;

  now(): Date {
    return new Date(Date.UTC(2026, 0, 15, 12) + this.elapsedMs);
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  sleep(): Promise<void> {
    return Promise.reject(new Error('what is measured waited'));
  }

  step(ms: number): void {
    this.elapsedMs += ms;
  }
}
