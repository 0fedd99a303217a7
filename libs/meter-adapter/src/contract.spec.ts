import {
  expectArray,
  expectNumber,
  expectObject,
  expectString,
  instantOrNull,
  numberOrNull,
} from './payload';
import { isMeterError, MeterError, toMeterError } from './meter-error';
import { shareOfTotal } from './reading';
import { systemClock } from './clock';

describe('MeterError', () => {
  it('carries what a caller decides on', () => {
    const cause = new Error('below');
    const error = new MeterError('rate_limited', 'slow down', { cause, retryAfterMs: 5 });
    expect(error).toMatchObject({ code: 'rate_limited', retryable: true, retryAfterMs: 5, cause });
    expect(new MeterError('authentication', 'no').retryable).toBe(false);
    expect(new MeterError('configuration', 'no', { retryable: true }).retryable).toBe(true);
  });

  it('is known across copies of the package, and nothing else is', () => {
    expect(isMeterError(new MeterError('unavailable', 'x'))).toBe(true);
    expect(isMeterError(new Error('x'))).toBe(false);
    expect(isMeterError(null)).toBe(false);
  });

  it('wraps what is foreign and keeps what is not', () => {
    const own = new MeterError('unsupported', 'no');
    expect(toMeterError(own, 'reading')).toBe(own);
    expect(toMeterError(new TypeError('boom'), 'reading')).toMatchObject({
      code: 'unavailable',
      message: 'reading failed: boom',
    });
  });
});

describe('shareOfTotal', () => {
  it.each([
    [50, 200, 25],
    [50, 0, 0],
    [50, -10, 0],
    [null, 100, null],
    [5, null, null],
    [5, undefined, null],
  ])('of %p in %p is %p', (powerW, totalW, share) => {
    expect(shareOfTotal(powerW, totalW)).toBe(share);
  });
});

describe('payload checks', () => {
  it('name the field and the kind, never the value', () => {
    expect(() => expectObject('secret', 'a.b')).toThrow('a.b: expected an object, got a string');
    expect(() => expectArray({}, 'list')).toThrow('list: expected an array, got a object');
    expect(() => expectString(null, 'name')).toThrow('name: expected a string, got null');
    expect(() => expectNumber(Number.NaN, 'w')).toThrow('w: expected a finite number, got NaN');
  });

  it('let good values through and turn bad ones into the unknown', () => {
    expect(expectNumber(1, 'w')).toBe(1);
    expect(numberOrNull('1')).toBeNull();
    expect(instantOrNull('2026-01-01T00:00:00Z')?.getTime()).toBe(Date.UTC(2026, 0, 1));
    expect(instantOrNull('yesterday')).toBeNull();
  });
});

describe('systemClock', () => {
  it('sleeps and can be woken by an abort', async () => {
    await systemClock.sleep(1);
    const stop = new AbortController();
    const sleeping = systemClock.sleep(60_000, stop.signal);
    stop.abort(new Error('up'));
    await expect(sleeping).rejects.toThrow('up');
    await expect(systemClock.sleep(1, stop.signal)).rejects.toThrow('up');
  });
});
