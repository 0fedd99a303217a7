import { Clock } from '@smart-meter/meter-adapter';

/** A clock whose sleepers do not wait: the time jumps to when they wake. */
export class RacingClock implements Clock {
  private elapsedMs = 0;
  private readonly startMs: number;

  constructor(start: string) {
    this.startMs = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.startMs + this.elapsedMs);
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.elapsedMs += ms;
    return Promise.resolve();
  }

  goTo(at: Date): void {
    this.elapsedMs = Math.max(this.elapsedMs, at.getTime() - this.startMs);
  }
}
