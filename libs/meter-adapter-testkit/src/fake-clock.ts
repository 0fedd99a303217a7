import { Clock } from '@smart-meter/meter-adapter';

interface Sleeper {
  wakeAtMs: number;
  wake(): void;
}

/** A clock that moves when the test says so. Sleepers wake in the order of their time. */
export class FakeClock implements Clock {
  private wallMs: number;
  private elapsedMs = 0;
  private readonly sleepers = new Set<Sleeper>();

  constructor(start: Date | string = '2026-01-15T12:00:00Z') {
    this.wallMs = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.wallMs);
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  /** How many callers wait. */
  get sleeping(): number {
    return this.sleepers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const onAbort = () => {
        this.sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        wakeAtMs: this.elapsedMs + ms,
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      this.sleepers.add(sleeper);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Lets `ms` pass, waking sleepers on the way and letting each run before the next. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.elapsedMs + ms;
    await settle();
    for (let next = this.nextSleeper(untilMs); next; next = this.nextSleeper(untilMs)) {
      this.move(next.wakeAtMs - this.elapsedMs);
      this.sleepers.delete(next);
      next.wake();
      await settle();
    }
    this.move(untilMs - this.elapsedMs);
    await settle();
  }

  /** Sets the wall clock alone, as a time server does; intervals and sleepers do not notice. */
  jumpTo(at: Date | string): void {
    this.wallMs = new Date(at).getTime();
  }

  private nextSleeper(untilMs: number): Sleeper | undefined {
    return [...this.sleepers]
      .filter((sleeper) => sleeper.wakeAtMs <= untilMs)
      .sort((a, b) => a.wakeAtMs - b.wakeAtMs)[0];
  }

  private move(ms: number): void {
    this.elapsedMs += ms;
    this.wallMs += ms;
  }
}

/** Lets everything that is ready run, promises and one turn of the event loop. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
