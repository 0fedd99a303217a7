import * as fc from 'fast-check';
import { StreamingMeter, StreamListener } from './capabilities';
import { Clock } from './clock';
import { MeterError } from './meter-error';
import { backoffDelayMs, DEFAULT_RETRY_POLICY, keepStreaming, parseRetryAfterMs } from './retry';

const policy = { firstDelayMs: 100, longestDelayMs: 10_000, longestRetryAfterMs: 60_000 };

describe('backoffDelayMs', () => {
  it('grows, stays within its bounds and never undercuts what was asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.integer({ min: 0, max: 1_000_000 }),
        (attempt, random, retryAfterMs) => {
          const delayMs = backoffDelayMs(attempt, policy, () => random, retryAfterMs);
          expect(delayMs).toBeGreaterThanOrEqual(Math.min(retryAfterMs, policy.longestRetryAfterMs));
          expect(delayMs).toBeGreaterThanOrEqual(policy.firstDelayMs / 2);
          expect(delayMs).toBeLessThanOrEqual(Math.max(policy.longestDelayMs, policy.longestRetryAfterMs));
        },
      ),
    );
    expect(backoffDelayMs(4, policy, () => 0.999)).toBeGreaterThan(backoffDelayMs(1, policy, () => 0.999));
  });
});

describe('parseRetryAfterMs', () => {
  const now = new Date('2026-11-01T00:00:00Z');
  it.each([
    ['2', 2000],
    ['0.5', 500],
    ['Sun, 01 Nov 2026 00:00:30 GMT', 30_000],
    ['Sat, 31 Oct 2026 00:00:30 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads %p as %p', (header, expectedMs) => {
    expect(parseRetryAfterMs(header, now)).toBe(expectedMs);
  });
});

describe('keepStreaming', () => {
  const instantClock = (slept: number[]): Clock => ({
    now: () => new Date(0),
    monotonicMs: () => 0,
    sleep: (ms, signal) => {
      slept.push(ms);
      signal?.throwIfAborted();
      return Promise.resolve();
    },
  });
  const listener: StreamListener = { onConnected: () => undefined, onReading: () => undefined };

  it('reconnects with growing waits, and starts anew after a good connection', async () => {
    const slept: number[] = [];
    const stop = new AbortController();
    let connections = 0;
    const meter: StreamingMeter = {
      stream: (inner) => {
        connections += 1;
        if (connections === 4) inner.onConnected();
        if (connections === 6) stop.abort();
        return Promise.reject(new MeterError('unavailable', 'cut off'));
      },
    };
    await keepStreaming(meter, listener, {
      clock: instantClock(slept),
      signal: stop.signal,
      random: () => 0,
    });
    expect(connections).toBe(6);
    expect(slept.slice(0, 3)).toEqual([500, 1000, 2000]);
    expect(slept[3]).toBe(500);
  });

  it('gives up where trying again can do harm', async () => {
    const refused = new MeterError('authentication', 'the token was refused');
    const meter: StreamingMeter = { stream: () => Promise.reject(refused) };
    const signal = new AbortController().signal;
    await expect(keepStreaming(meter, listener, { clock: instantClock([]), signal })).rejects.toBe(refused);
  });

  it('waits as long as it was told to', async () => {
    const slept: number[] = [];
    const stop = new AbortController();
    const meter: StreamingMeter = {
      stream: () => {
        if (slept.length === 1) stop.abort();
        return Promise.reject(new MeterError('rate_limited', 'slow down', { retryAfterMs: 120_000 }));
      },
    };
    await keepStreaming(meter, listener, { clock: instantClock(slept), signal: stop.signal });
    expect(slept[0]).toBe(120_000);
    expect(DEFAULT_RETRY_POLICY.longestRetryAfterMs).toBeGreaterThanOrEqual(120_000);
  });
});
