import {
  Clock,
  MeterAdapter,
  MeterError,
  PolledReading,
  RetryPolicy,
  toMeterError,
  backoffDelayMs,
} from '@smart-meter/meter-adapter';
import { FetchStatistics } from './fetch-statistics';

export interface MeterPollerOptions {
  meter: MeterAdapter;
  clock: Clock;
  random(): number;
  statistics: FetchStatistics;
  /** Takes a good answer; durable on return. */
  onAnswer(answer: PolledReading): void;
  onFailure(error: MeterError): void;
  /** How long each attempt took. */
  onFetched?(seconds: number, error?: MeterError): void;
}

/** A source that refuses the credentials is left alone for this long at first: more attempts can lock the account. */
const AUTHENTICATION_RETRY: RetryPolicy = {
  firstDelayMs: 10 * 60_000,
  longestDelayMs: 6 * 60 * 60_000,
  longestRetryAfterMs: 6 * 60 * 60_000,
};

const RATE_LIMIT_RETRY: RetryPolicy = {
  firstDelayMs: 30_000,
  longestDelayMs: 30 * 60_000,
  longestRetryAfterMs: 6 * 60 * 60_000,
};

/** Asks the meter, one question at a time, and leaves it alone for as long as it asks to be. */
export class MeterPoller {
  private inFlight: Promise<void> | undefined;
  private failuresInARow = 0;
  private restUntilMs = 0;

  constructor(private readonly options: MeterPollerOptions) {}

  /** One fetch; a call during another joins it. Never throws: the outcome is in the statistics. */
  collectOnce(signal: AbortSignal): Promise<void> {
    this.inFlight ??= this.fetch(signal).finally(() => {
      this.inFlight = undefined;
    });
    return this.inFlight;
  }

  /** Whether the source is left alone for now. */
  private get isResting(): boolean {
    return this.options.clock.monotonicMs() < this.restUntilMs;
  }

  private async fetch(signal: AbortSignal): Promise<void> {
    if (this.isResting) return;
    const { meter, clock, statistics } = this.options;
    const startedMs = clock.monotonicMs();
    const seconds = () => (clock.monotonicMs() - startedMs) / 1000;
    try {
      const answer = await meter.fetchConsumption(signal);
      this.failuresInARow = 0;
      this.options.onFetched?.(seconds());
      this.options.onAnswer(answer);
      statistics.succeeded(clock.now(), answer.warnings, answer.stale);
    } catch (caught) {
      if (signal.aborted && !isTimeout(signal.reason)) return;
      const error = toMeterError(caught, 'reading the meter');
      this.failuresInARow += 1;
      this.options.onFetched?.(seconds(), error);
      this.restAfter(error);
      statistics.failedWith(error, clock.now());
      this.options.onFailure(error);
    }
  }

  private restAfter(error: MeterError): void {
    const policy = policyFor(error);
    if (!policy) return;
    const restMs = backoffDelayMs(this.failuresInARow, policy, this.options.random, error.retryAfterMs);
    this.restUntilMs = this.options.clock.monotonicMs() + restMs;
  }
}

/** An abort because the time is up is a failed attempt; any other is the end of the service. */
function isTimeout(reason: unknown): boolean {
  return (reason as Error | undefined)?.name === 'TimeoutError';
}

/** Passing faults are simply tried at the next interval. */
function policyFor(error: MeterError): RetryPolicy | undefined {
  if (error.code === 'authentication') return AUTHENTICATION_RETRY;
  if (error.code === 'rate_limited' || error.retryAfterMs !== undefined) return RATE_LIMIT_RETRY;
  return undefined;
}
