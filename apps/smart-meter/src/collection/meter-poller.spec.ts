import { MeterAdapter, MeterError, MeterReading } from '@smart-meter/meter-adapter';
import { FakeClock } from '@smart-meter/meter-adapter-testkit';
import * as fc from 'fast-check';
import { Consumption } from './consumption';
import { CurrentPicture } from './current-picture';
import { FetchStatistics } from './fetch-statistics';
import { MeterPoller } from './meter-poller';

const signal = new AbortController().signal;
const readingAt = (observedAt: Date, totalPowerW = 100): MeterReading => ({
  meterId: 'm',
  observedAt,
  averagedOverS: 0,
  totalPowerW,
  circuits: [],
  provenance: 'live',
});

function makePoller(fetchConsumption: (signal: AbortSignal) => Promise<MeterReading>) {
  const clock = new FakeClock();
  const statistics = new FetchStatistics();
  const picture = new CurrentPicture();
  const failures: string[] = [];
  const calls = { count: 0 };
  const meter = {
    fetchConsumption: async (given: AbortSignal) => {
      calls.count += 1;
      return { reading: await fetchConsumption(given), warnings: [], stale: [] };
    },
  } as unknown as MeterAdapter;
  const poller = new MeterPoller({
    meter,
    clock,
    random: () => 0.5,
    statistics,
    onAnswer: ({ reading }) => picture.add(reading),
    onFailure: ({ code }) => failures.push(code),
  });
  return { clock, statistics, picture, failures, poller, calls };
}

describe('MeterPoller', () => {
  it('counts every attempt and keeps the success rate between 0 and 1', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 30 }), async (outcomes) => {
        const script = [...outcomes];
        const { poller, statistics, clock } = makePoller(() =>
          script.shift()
            ? Promise.resolve(readingAt(clock.now()))
            : Promise.reject(new MeterError('unavailable', 'gone')),
        );
        for (const outcome of outcomes) {
          await poller.collectOnce(signal);
          expect(statistics.lastAttemptFailed).toBe(!outcome);
        }
        expect(statistics.totalFetches).toBe(outcomes.length);
        expect(statistics.failedFetches).toBe(outcomes.filter((good) => !good).length);
        expect(statistics.successRate).toBeGreaterThanOrEqual(0);
        expect(statistics.successRate).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('asks one question at a time', async () => {
    let answer: (reading: MeterReading) => void = () => undefined;
    const { poller, calls, clock } = makePoller(() => new Promise((resolve) => (answer = resolve)));
    const first = poller.collectOnce(signal);
    const second = poller.collectOnce(signal);
    await clock.advance(0);
    answer(readingAt(clock.now()));
    await Promise.all([first, second]);
    expect(calls.count).toBe(1);
  });

  it('does not hammer a source that refuses the token', async () => {
    const { poller, calls, clock } = makePoller(() => Promise.reject(new MeterError('authentication', 'no')));
    for (let minute = 0; minute < 60; minute += 1) {
      await poller.collectOnce(signal);
      await clock.advance(60_000);
    }
    expect(calls.count).toBeLessThanOrEqual(5);
  });

  it('rests for as long as the source asks for', async () => {
    const slowDown = new MeterError('rate_limited', 'slow down', { retryAfterMs: 600_000 });
    const { poller, calls, clock } = makePoller(() => Promise.reject(slowDown));
    await poller.collectOnce(signal);
    await clock.advance(599_000);
    await poller.collectOnce(signal);
    expect(calls.count).toBe(1);
    await clock.advance(2_000);
    await poller.collectOnce(signal);
    expect(calls.count).toBe(2);
  });

  it('counts an attempt whose time is up as failed, and one that was called off not at all', async () => {
    const hang = () => new Promise<MeterReading>(() => undefined);
    const { poller, statistics } = makePoller((given) =>
      given.aborted
        ? hang()
        : new Promise((_resolve, reject) => given.addEventListener('abort', () => reject(given.reason))),
    );
    await poller.collectOnce(AbortSignal.timeout(5));
    expect(statistics).toMatchObject({ totalFetches: 1, failedFetches: 1 });
    const stop = new AbortController();
    const calledOff = poller.collectOnce(stop.signal);
    stop.abort();
    await calledOff;
    expect(statistics.totalFetches).toBe(1);
  });

  it('takes a foreign error for a passing fault', async () => {
    const { poller, failures, statistics } = makePoller(() => Promise.reject(new TypeError('boom')));
    await poller.collectOnce(signal);
    expect(failures).toEqual(['unavailable']);
    expect(statistics.lastError?.message).toContain('boom');
  });
});

describe('Consumption', () => {
  it('goes from measured to remembered to made up, and says so each time', async () => {
    let broken = false;
    const { poller, picture, statistics, clock } = makePoller(() =>
      broken
        ? Promise.reject(new MeterError('unavailable', 'gone'))
        : Promise.resolve(readingAt(clock.now(), 740)),
    );
    const consumption = new Consumption({
      clock,
      picture,
      statistics,
      isStreaming: () => false,
      mockReading: async () => ({ ...readingAt(clock.now(), 1), provenance: 'mock' }),
    });
    expect((await consumption.current()).provenance).toBe('mock');
    await poller.collectOnce(signal);
    expect(await consumption.current()).toMatchObject({ provenance: 'live', totalPowerW: 740 });
    broken = true;
    await clock.advance(60_000);
    await poller.collectOnce(signal);
    expect(await consumption.current()).toMatchObject({ provenance: 'cached', totalPowerW: 740 });
    await clock.advance(15 * 60_000);
    expect((await consumption.current()).provenance).toBe('mock');
    broken = false;
    await poller.collectOnce(signal);
    expect((await consumption.current()).provenance).toBe('live');
  });
});
