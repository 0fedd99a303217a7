import { backoffDelayMs, Clock, MeterError, RetryPolicy } from '@smart-meter/meter-adapter';

const AFTER_RATE_LIMIT: RetryPolicy = {
  firstDelayMs: 2 * 60_000,
  longestDelayMs: 60 * 60_000,
  longestRetryAfterMs: 60 * 60_000,
};
const AFTER_FAILURE: RetryPolicy = {
  firstDelayMs: 10_000,
  longestDelayMs: 10 * 60_000,
  longestRetryAfterMs: 60 * 60_000,
};

/**
 * Keeps a whole account quiet after a failure of the cloud, however many callers ask and however often:
 * for as long as the cloud said, else exponentially (at least 60 s where it asked for fewer requests).
 */
export class RequestGate {
  private failures = 0;
  private quiet: { untilMs: number; error: MeterError } | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** Throws the failure that closed the gate, with what is left of the wait. */
  check(): void {
    if (!this.quiet) return;
    const retryAfterMs = this.quiet.untilMs - this.clock.monotonicMs();
    if (retryAfterMs <= 0) return;
    const { code, message } = this.quiet.error;
    throw new MeterError(code, `${message}; the next request may go out in ${inSeconds(retryAfterMs)}`, {
      retryAfterMs,
      cause: this.quiet.error,
    });
  }

  /** Closes the gate. @returns the error with the wait that it brings */
  failed(error: MeterError): MeterError {
    this.failures += 1;
    const policy = error.code === 'rate_limited' ? AFTER_RATE_LIMIT : AFTER_FAILURE;
    const retryAfterMs =
      error.retryAfterMs === undefined
        ? backoffDelayMs(this.failures, policy, this.random)
        : Math.min(error.retryAfterMs, policy.longestRetryAfterMs);
    const waiting = new MeterError(error.code, error.message, { cause: error.cause, retryAfterMs });
    this.quiet = { untilMs: this.clock.monotonicMs() + retryAfterMs, error: waiting };
    return waiting;
  }

  succeeded(): void {
    this.failures = 0;
    this.quiet = null;
  }
}

function inSeconds(ms: number): string {
  return `${Math.ceil(ms / 1000)} s`;
}
