import { Journal } from '@smart-meter/journal';
import {
  HistoricalMeter,
  HistoryChunk,
  MeterError,
  MeterReading,
  TimeRange,
} from '@smart-meter/meter-adapter';
import { FakeClock } from '@smart-meter/meter-adapter-testkit';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { GapKeeper } from './gap-keeper';

const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 0, 15, 12);
const range = (fromMinute: number, toMinute: number): TimeRange => ({
  from: new Date(START + fromMinute * MINUTE_MS),
  to: new Date(START + toMinute * MINUTE_MS),
});

function backfilled(at: Date): MeterReading {
  return {
    meterId: 'm',
    observedAt: at,
    averagedOverS: 60,
    totalPowerW: 5,
    circuits: [],
    provenance: 'backfill',
  };
}

/** A source with a reading per minute, in chunks of ten minutes. */
function makeHistory(
  script: { failAt?: number; missing?: boolean; error?: MeterError; silent?: [number, number] } = {},
) {
  const asked: TimeRange[] = [];
  const history: HistoricalMeter = {
    historyLimits: [{ resolutionS: 60, keptForMs: null }],
    async *fetchHistory(wanted): AsyncIterable<HistoryChunk> {
      asked.push(wanted);
      for (let fromMs = wanted.from.getTime(); fromMs < wanted.to.getTime(); fromMs += 10 * MINUTE_MS) {
        if (script.error && (fromMs - START) / MINUTE_MS === script.failAt) {
          const { error } = script;
          delete script.error;
          throw error;
        }
        const to = new Date(Math.min(wanted.to.getTime(), fromMs + 10 * MINUTE_MS));
        const part = { from: new Date(fromMs), to };
        const readings: MeterReading[] = [];
        const [silentFrom, silentTo] = script.silent ?? [0, 0];
        for (let ms = fromMs + MINUTE_MS; ms <= to.getTime(); ms += MINUTE_MS) {
          const minute = (ms - START) / MINUTE_MS;
          if (minute <= silentFrom || minute > silentTo) readings.push(backfilled(new Date(ms)));
        }
        yield script.missing
          ? { range: part, readings: [], unavailable: [{ range: part, reason: 'purged' }] }
          : { range: part, readings, unavailable: [] };
      }
    },
  };
  return { history, asked, script };
}

function makeKeeper(history: HistoricalMeter | undefined, { follows = false } = {}) {
  const clock = new FakeClock(new Date(START));
  const journal = Journal.open({
    dataDir: mkdtempSync(join(tmpdir(), 'gaps-')),
    timeZone: 'UTC',
    clock,
    retentionDays: 30,
    outboxMaxBytes: 1e6,
  });
  const stored: number[] = [];
  const keeper = new GapKeeper({
    meterId: 'm',
    follows,
    history,
    gaps: journal.gaps,
    store: {
      store: (readings) =>
        stored.push(...readings.map(({ observedAt }) => (observedAt.getTime() - START) / MINUTE_MS)),
    },
    clock,
    random: () => 0,
    logger: pino({ level: 'silent' }),
  });
  return { keeper, journal, clock, stored };
}

/** Time passes in steps, so that what each step wakes comes to its end. */
async function letRun(clock: FakeClock, ms: number): Promise<void> {
  for (let step = 0; step < 100; step += 1) await clock.advance(ms / 100);
}

describe('GapKeeper', () => {
  it('fills a gap from the history and says so', async () => {
    const { history } = makeHistory();
    const { keeper, journal, clock, stored } = makeKeeper(history);
    keeper.start();
    keeper.note(range(0, 25), 'a test');
    await letRun(clock, 100);
    expect(stored).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    expect(journal.gaps.list()).toMatchObject([{ state: 'filled', reason: 'a test', detail: null }]);
    await keeper.stop();
  });

  it('goes on where a fault stopped it, and reads nothing twice', async () => {
    const error = new MeterError('unavailable', 'the source went away');
    const { history, asked } = makeHistory({ failAt: 20, error });
    const { keeper, journal, clock, stored } = makeKeeper(history);
    keeper.note(range(0, 40), 'a test');
    keeper.start();
    await letRun(clock, 100);
    expect(journal.gaps.unfinished()).toMatchObject([{ state: 'partial', filledUntil: range(0, 20).to }]);
    await letRun(clock, 60_000);
    expect(asked.map(({ from }) => (from.getTime() - START) / MINUTE_MS)).toEqual([0, 20]);
    expect(stored).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    await keeper.stop();
  });

  it('fills a gap to its new end that grew while it was being filled', async () => {
    const { history } = makeHistory();
    const { keeper, journal, clock, stored } = makeKeeper(history);
    keeper.note(range(0, 10), 'a test');
    keeper.start();
    await clock.advance(0);
    keeper.note(range(0, 15), 'a test');
    await letRun(clock, 100);
    expect(stored).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    expect(journal.gaps.list()).toMatchObject([{ state: 'filled', to: range(0, 15).to }]);
    await keeper.stop();
  });

  it('lets a disk that refuses neither throw nor forget', async () => {
    const { history } = makeHistory();
    const { keeper, journal, clock, stored } = makeKeeper(history);
    const open = jest.spyOn(journal.gaps, 'open').mockImplementationOnce(() => {
      throw new MeterError('unavailable', 'the disk is full');
    });
    keeper.start();
    expect(() => keeper.note(range(0, 10), 'a test')).not.toThrow();
    expect(journal.gaps.list()).toEqual([]);
    keeper.note(range(20, 30), 'another');
    await letRun(clock, 100);
    expect(open).toHaveBeenCalledTimes(3);
    expect(journal.gaps.list()).toMatchObject([{ state: 'filled' }, { state: 'filled' }]);
    expect(stored).toHaveLength(20);
    await keeper.stop();
  });

  it('keeps a gap open while the credentials are refused', async () => {
    const error = new MeterError('authentication', 'the token was refused');
    const { history } = makeHistory({ failAt: 0, error });
    const { keeper, journal, clock } = makeKeeper(history);
    keeper.note(range(0, 10), 'a test');
    keeper.start();
    await letRun(clock, 100);
    expect(journal.gaps.unfinished()).toHaveLength(1);
    await letRun(clock, 60_000);
    expect(journal.gaps.list()).toMatchObject([{ state: 'filled' }]);
    await keeper.stop();
  });

  it('says what the source does not have', async () => {
    const { keeper, journal, clock, stored } = makeKeeper(makeHistory({ missing: true }).history);
    keeper.note(range(0, 10), 'a test');
    keeper.start();
    await letRun(clock, 100);
    expect(stored).toEqual([]);
    expect(journal.gaps.list()).toMatchObject([
      { state: 'unfillable', detail: expect.stringContaining('purged') },
    ]);
    await keeper.stop();
  });

  it('notes the gaps of a meter that does not remember', async () => {
    const { keeper, journal } = makeKeeper(undefined);
    keeper.start();
    keeper.note(range(0, 10), 'a test');
    expect(journal.gaps.list()).toMatchObject([
      { state: 'unfillable', detail: 'this meter keeps no history' },
    ]);
    await keeper.stop();
  });

  describe('where the source is silent', () => {
    const minutes = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i + 1);

    it('asks again from there on, until the data has come in', async () => {
      const { history, asked, script } = makeHistory({ silent: [12, 25] });
      const { keeper, journal, clock, stored } = makeKeeper(history);
      clock.jumpTo(range(0, 40).to);
      keeper.start();
      keeper.note(range(0, 40), 'a test');
      await letRun(clock, 100);
      expect(stored).toEqual([...minutes(0, 12), ...minutes(25, 40)]);
      expect(journal.gaps.list()).toMatchObject([
        { state: 'partial', filledUntil: range(0, 12).to, detail: expect.stringContaining('nothing yet') },
      ]);
      await letRun(clock, 30 * MINUTE_MS);
      expect(asked).toHaveLength(1);
      delete script.silent;
      // An hour after the end of the first silent chunk it has come in.
      await letRun(clock, 20 * MINUTE_MS);
      expect(asked.slice(1)).toEqual([range(12, 40)]);
      expect(stored.slice(27)).toEqual(minutes(12, 40));
      expect(journal.gaps.list()).toMatchObject([{ state: 'filled', detail: null }]);
      await keeper.stop();
    });

    it('takes silence for an answer after a day', async () => {
      const { history, asked } = makeHistory({ silent: [0, 10] });
      const { keeper, journal, clock } = makeKeeper(history);
      clock.jumpTo(range(0, 10).to);
      keeper.start();
      keeper.note(range(0, 10), 'a test');
      const askedAfter: number[] = [];
      for (let minute = 0; minute < 25 * 60; minute += 1) {
        await clock.advance(MINUTE_MS);
        if (asked.length > askedAfter.length) askedAfter.push(minute);
      }
      expect(askedAfter).toEqual([0, 4, 59, 24 * 60 - 1]);
      expect(journal.gaps.list()).toMatchObject([{ state: 'filled', detail: null }]);
      await keeper.stop();
    });

    it('asks at once for a later gap, and for this one when it grows', async () => {
      const { history, asked, script } = makeHistory({ silent: [0, 10] });
      const { keeper, clock, journal } = makeKeeper(history);
      clock.jumpTo(range(0, 10).to);
      keeper.start();
      keeper.note(range(0, 10), 'a test');
      await letRun(clock, 100);
      keeper.note(range(20, 30), 'another');
      await letRun(clock, 100);
      expect(asked).toEqual([range(0, 10), range(20, 30)]);
      delete script.silent;
      keeper.note(range(0, 15), 'a test');
      await letRun(clock, 100);
      expect(asked.slice(2)).toEqual([range(0, 15)]);
      expect(journal.gaps.unfinished()).toEqual([]);
      await keeper.stop();
    });

    it('takes it for an answer at once where the meter tells its changes', async () => {
      const { history, asked } = makeHistory({ silent: [0, 10] });
      const { keeper, clock, journal } = makeKeeper(history, { follows: true });
      clock.jumpTo(range(0, 10).to);
      keeper.start();
      keeper.note(range(0, 10), 'a test');
      await letRun(clock, 100);
      expect(asked).toHaveLength(1);
      expect(journal.gaps.list()).toMatchObject([{ state: 'filled' }]);
      await keeper.stop();
    });

    it('ends its wait when it is told to stop', async () => {
      const { keeper, clock } = makeKeeper(makeHistory({ silent: [0, 10] }).history);
      clock.jumpTo(range(0, 10).to);
      keeper.start();
      keeper.note(range(0, 10), 'a test');
      await letRun(clock, 100);
      await keeper.stop();
      expect(clock.sleeping).toBe(0);
    });
  });
});
