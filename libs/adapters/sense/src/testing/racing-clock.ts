import { Clock, systemClock } from '@smart-meter/meter-adapter';

const LONGEST_JUMP_MS = 5_000;

/** A clock on which short pauses take no time: it jumps to their end. Longer ones are time-outs, and are real. */
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
    if (ms > LONGEST_JUMP_MS) return systemClock.sleep(ms, signal);
    this.elapsedMs += ms;
    return Promise.resolve();
  }

  goTo(at: Date): void {
    this.elapsedMs = Math.max(this.elapsedMs, at.getTime() - this.startMs);
  }
}
