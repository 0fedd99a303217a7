import { Clock } from '@smart-meter/meter-adapter';

/** A clock on which a wait is over at once: simulated months pass in seconds. */
export class InstantClock implements Clock {
  private wallMs: number;
  private elapsedMs = 0;
  /** Every wait, ms. */
  readonly waits: number[] = [];

  constructor(start: Date | string) {
    this.wallMs = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.wallMs);
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.waits.push(ms);
    this.advance(ms);
    return Promise.resolve();
  }

  advance(ms: number): void {
    this.wallMs += ms;
    this.elapsedMs += ms;
  }

  advanceTo(at: Date): void {
    this.advance(at.getTime() - this.wallMs);
  }
}
