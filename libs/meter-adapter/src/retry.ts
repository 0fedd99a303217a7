import { Clock } from './clock';
import { isMeterError, MeterError, toMeterError } from './meter-error';
import { StreamingMeter, StreamListener } from './capabilities';

/** Exponential back-off with jitter; what the other side asks for is a lower bound. */
export interface RetryPolicy {
  firstDelayMs: number;
  longestDelayMs: number;
  /** The longest that a Retry-After is honoured, ms. */
  longestRetryAfterMs: number;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  firstDelayMs: 1_000,
  longestDelayMs: 5 * 60_000,
  longestRetryAfterMs: 60 * 60_000,
};

/**
 * How long to wait before the next try, ms.
 * @param attempt 1 after the first failure
 * @param random 0 <= random() < 1
 * @param retryAfterMs what the other side asked for
 */
export function backoffDelayMs(
  attempt: number,
  policy: RetryPolicy,
  random: () => number,
  retryAfterMs = 0,
): number {
  const ceilingMs = Math.min(policy.longestDelayMs, policy.firstDelayMs * 2 ** Math.min(attempt - 1, 30));
  const jitteredMs = ceilingMs / 2 + (random() * ceilingMs) / 2;
  return Math.max(jitteredMs, Math.min(retryAfterMs, policy.longestRetryAfterMs));
}

export interface KeepStreamingOptions {
  clock: Clock;
  signal: AbortSignal;
  random?: () => number;
  policy?: RetryPolicy;
  /** Told of every end of a connection and of the wait before the next. */
  onDisconnected?(error: MeterError, retryInMs: number): void;
}

/**
 * Streams for as long as the signal allows: reconnects with back-off, which starts anew after every good connection.
 * Resolves when the signal aborts; rejects with a `MeterError` that is not retryable (a refused token, say).
 */
export async function keepStreaming(
  meter: StreamingMeter,
  listener: StreamListener,
  {
    clock,
    signal,
    random = Math.random,
    policy = DEFAULT_RETRY_POLICY,
    onDisconnected,
  }: KeepStreamingOptions,
): Promise<void> {
  let attempt = 0;
  const countingListener: StreamListener = {
    onConnected: () => {
      attempt = 0;
      listener.onConnected();
    },
    onReading: (reading) => listener.onReading(reading),
  };
  while (!signal.aborted) {
    try {
      await meter.stream(countingListener, signal);
      if (signal.aborted) return;
      throw new MeterError('unavailable', 'the stream ended without saying why');
    } catch (caught) {
      if (signal.aborted) return;
      const error = toMeterError(caught, 'streaming');
      if (!error.retryable) throw error;
      attempt += 1;
      const delayMs = backoffDelayMs(attempt, policy, random, error.retryAfterMs);
      onDisconnected?.(error, delayMs);
      try {
        await clock.sleep(delayMs, signal);
      } catch (reason) {
        if (signal.aborted) return;
        throw reason;
      }
    }
  }
}

/**
 * Reads an HTTP `Retry-After` header: seconds or a date.
 * @returns ms from now, at least 0; undefined where there is none or it cannot be read
 */
export function parseRetryAfterMs(header: string | null | undefined, now: Date): number | undefined {
  const text = header?.trim();
  if (!text) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

/** Whether an error says that trying again may help. Foreign errors count as passing faults. */
export function isRetryable(error: unknown): boolean {
  return isMeterError(error) ? error.retryable : true;
}
