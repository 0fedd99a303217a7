import { MeterReading } from '@smart-meter/meter-adapter';
import { FakeClock } from '@smart-meter/meter-adapter-testkit';
import { GapWatch } from './gap-watch';

const START = Date.UTC(2026, 0, 15, 12);
const minute = (n: number) => new Date(START + n * 60_000);
const reading = (observedAt: Date, part: Partial<MeterReading> = {}): MeterReading => ({
  meterId: 'm',
  observedAt,
  averagedOverS: 0,
  totalPowerW: 1,
  circuits: [],
  provenance: 'live',
  ...part,
});

function makeWatch({
  follows = false,
  lastKeptAt = null as Date | null,
  knewTotalPower = false,
  wantedHistoryMs = 0,
} = {}) {
  const clock = new FakeClock(minute(0));
  const gaps: [number, number, string][] = [];
  const inMinutes = (at: Date) => (at.getTime() - START) / 60_000;
  const watch = new GapWatch({
    clock,
    follows,
    lastKeptAt,
    knewTotalPower,
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
    expect(gaps.at(-1)).toEqual([
      expect.closeTo(4, 0),
      expect.closeTo(15, 0),
      'the live stream was not connected',
    ]);
    // A cut can come between two changes of the same instant.
    expect(gaps.at(-1)?.[0]).toBeLessThan(4);
  });

  it('notes what a poll of an unconnected meter cannot tell, before the poll is kept', () => {
    const { watch, gaps } = makeWatch({ follows: true, lastKeptAt: minute(-30) });
    watch.start();
    watch.onPolled(reading(minute(5)));
    expect(gaps.at(-1)).toEqual([expect.closeTo(-30, 0), 5, 'the live stream was not connected']);
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
    watch.onConnected();
    const before = gaps.length;
    watch.onPollFailed();
    watch.onPolled(reading(minute(1)));
    expect(gaps).toHaveLength(before);
  });

  describe('of a meter that is asked for the last minute', () => {
    const known = (n: number) => reading(minute(n), { averagedOverS: 60 });
    const unknown = (n: number) => reading(minute(n), { averagedOverS: 60, totalPowerW: null });
    const oven = { id: 'oven', name: 'Oven', powerW: 100 };

    it('notes the minutes whose power was not known, once it is known again', () => {
      const { watch, gaps } = makeWatch();
      watch.start();
      watch.onPolled(known(1));
      watch.onPolled({ ...unknown(2), circuits: [oven] });
      watch.onPollFailed();
      watch.onPolled(unknown(4));
      expect(gaps).toEqual([]);
      watch.onPolled(known(5));
      watch.onPolled(known(6));
      expect(gaps).toEqual([[1, 4, 'the meter did not know the power of the home']]);
    });

    it('notes them from the start on where the power was known before it', () => {
      const { watch, gaps } = makeWatch({ lastKeptAt: minute(-3), knewTotalPower: true });
      watch.start();
      watch.onPolled({ ...unknown(1), circuits: [oven] });
      watch.onPolled(known(2));
      watch.onPolled(known(5));
      expect(gaps).toEqual([
        [-3, 0, 'the service was not running'],
        [0, 1, 'the meter did not know the power of the home'],
      ]);
    });

    it('notes no gap for a failure between two minutes that follow one another', () => {
      const { watch, gaps } = makeWatch();
      watch.start();
      watch.onPolled(known(1));
      watch.onPollFailed();
      watch.onPolled(known(2));
      expect(gaps).toEqual([]);
    });

    it('hears a meter that knows circuits alone, and notices when it does not', () => {
      const { watch, gaps } = makeWatch();
      watch.start();
      watch.onPolled({ ...unknown(1), circuits: [oven] });
      watch.onPolled({ ...unknown(2), circuits: [{ ...oven, powerW: null }] });
      watch.onPolled({ ...unknown(4), circuits: [oven] });
      expect(gaps).toEqual([[1, 3, 'the meter did not know the power of the home']]);
    });
  });
});
