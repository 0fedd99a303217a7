import { backoffDelayMs, Clock, RetryPolicy } from '@smart-meter/meter-adapter';

/** Permission for one request; say how it went, then leave. */
export interface Pass {
  succeeded(): void;
  /** @returns ms until the next try */
  failed(retryAfterMs?: number): number;
  leave(): void;
}

/**
 * Lets requests through while the server takes them. After a fault everyone waits; then one request tries,
 * and the others follow when it succeeded.
 */
export class RetryGate {
  /** Faults in a row. */
  failures = 0;
  private opensAtMs = 0;
  private passes = 0;
  private passesBeforeFault = 0;
  private trial: Promise<void> | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly policy: RetryPolicy,
    private readonly random: () => number,
  ) {}

  /** ms until the next try; 0 = now. */
  get remainingMs(): number {
    return this.failures === 0 ? 0 : Math.max(0, this.opensAtMs - this.clock.monotonicMs());
  }

  /** Resolves when a request may be made. Rejects when the signal aborts. */
  async enter(signal: AbortSignal): Promise<Pass> {
    signal.throwIfAborted();
    while (this.failures > 0) {
      if (this.remainingMs > 0) {
        await this.clock.sleep(this.remainingMs, signal);
      } else if (this.trial !== undefined) {
        await this.trial;
      } else {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.trial = promise;
        return this.pass(() => {
          this.trial = undefined;
          resolve();
        });
      }
      signal.throwIfAborted();
    }
    return this.pass(() => undefined);
  }

  private pass(leave: () => void): Pass {
    const number = ++this.passes;
    return {
      succeeded: () => {
        // A request from before the fault says nothing about the time after it.
        if (number > this.passesBeforeFault) this.failures = 0;
      },
      failed: (retryAfterMs) => {
        // Requests that were under way together meet the same fault: it counts once.
        if (this.failures === 0 || number > this.passesBeforeFault) {
          this.passesBeforeFault = this.passes;
          this.failures += 1;
          const delayMs = backoffDelayMs(this.failures, this.policy, this.random, retryAfterMs);
          this.opensAtMs = this.clock.monotonicMs() + delayMs;
        }
        return this.remainingMs;
      },
      leave,
    };
  }
}
