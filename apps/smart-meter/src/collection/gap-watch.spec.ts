import { MeterReading } from '@smart-meter/meter-adapter';
import { FakeClock } from '@smart-meter/meter-adapter-testkit';
import { GapWatch } from './gap-watch';

const START = Date.UTC(2026, 0, 15, 12);
const minute = (n: number) => new Date(START + n * 60_000);
const reading = (observedAt: Date): MeterReading => ({
  meterId: 'm',
  observedAt,
  averagedOverS: 0,
  totalPowerW: 1,
  circuits: [],
  provenance: 'live',
});

function makeWatch({ follows = false, lastKeptAt = null as Date | null, wantedHistoryMs = 0 } = {}) {
  const clock = new FakeClock(minute(0));
  const gaps: [number, number, string][] = [];
  const inMinutes = (at: Date) => (at.getTime() - START) / 60_000;
  const watch = new GapWatch({
    clock,
    follows,
    lastKeptAt,
    wantedHistoryMs,
    note: ({ from, to }, reason) => gaps.push([inMinutes(from), inMinutes(to), reason]),
  });
  return { watch, clock, gaps };
}

describe('GapWatch', () => {
  it('asks for the past on the first start', () => {
    const { watch, gaps } = makeWatch({ wantedHistoryMs: 60 * 60_000 });
    watch.start();
    expect(gaps).toEqual([[-60, 0, expect.stringContaining('first start')]]);
  });

  it('notes the time in which the service did not run', () => {
    const { watch, gaps } = makeWatch({ lastKeptAt: minute(-30) });
    watch.start();
    expect(gaps).toEqual([[-30, 0, 'the service was not running']]);
  });

  it('notes the stretch between two connections from the last change that was heard, polls or not', async () => {
    const { watch, clock, gaps } = makeWatch({ follows: true });
    watch.start();
    watch.onConnected();
    await clock.advance(5 * 60_000);
    watch.onReading(reading(minute(4)));
    await clock.advance(10 * 60_000);
    watch.onPolled(reading(minute(12)));
    watch.onConnected();
    expect(gaps.at(-1)).toEqual([4, 15, 'the live stream was not connected']);
  });

  it('notes the stretch in which polling failed, once', async () => {
    const { watch, clock, gaps } = makeWatch();
    watch.start();
    watch.onPolled(reading(minute(0)));
    await clock.advance(5 * 60_000);
    watch.onPollFailed();
    await clock.advance(5 * 60_000);
    watch.onPollFailed();
    await clock.advance(5 * 60_000);
    watch.onPolled(reading(minute(15)));
    watch.onPolled(reading(minute(20)));
    expect(gaps).toEqual([[0, 15, 'the meter did not answer']]);
  });

  it('takes failed polls of a followed meter for no loss', () => {
    const { watch, gaps } = makeWatch({ follows: true });
    watch.start();
    watch.onPollFailed();
    watch.onPolled(reading(minute(1)));
    expect(gaps).toEqual([]);
  });
});
