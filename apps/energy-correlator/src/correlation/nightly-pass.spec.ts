import { CorrelationEngine } from '@smart-meter/correlation';
import { FakeClock } from '@smart-meter/meter-adapter-testkit';
import pino from 'pino';
import { loadConfiguration } from '../configuration/configuration';
import { NightlyPass, NightlyPassOptions } from './nightly-pass';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Past three in the morning, when the second pass is due. */
const NOW_MS = Date.parse('2026-03-10T03:05:00Z');
const LAST_NIGHT_MS = Date.parse('2026-03-09T02:00:00Z');
const THIS_NIGHT_MS = Date.parse('2026-03-10T02:00:00Z');
const { signal } = new AbortController();

/** Runs tonight's pass; resolves with what it has read and answered. */
async function passOf(options: { firstMs: number | null; doneUntilMs?: number; retentionDays?: number }) {
  const { firstMs, doneUntilMs, retentionDays = 30 } = options;
  const state = new Map<string, unknown>(doneUntilMs === undefined ? [] : [['second pass', doneUntilMs]]);
  const read: number[] = [];
  const answered: number[] = [];
  const parts = {
    journal: {
      state: {
        get: (key: string) => state.get(key),
        set: (key: string, value: unknown) => state.set(key, value),
      },
    },
    inbox: { firstMs: () => firstMs, purge: () => 0 },
    processor: { method: new CorrelationEngine(), processedUntil: new Date(NOW_MS) },
    secondPass: {
      readPower: (fromMs: number, toMs: number) => Promise.resolve(read.push(fromMs, toMs)),
      answer: (_learned: unknown, { fromMs, toMs }: { fromMs: number; toMs: number }) => {
        answered.push(fromMs, toMs);
        return Promise.resolve({ answered: 0, revised: 0 });
      },
    },
    configuration: loadConfiguration({
      HOME_ASSISTANT_URL: 'http://127.0.0.1:1',
      HOME_ASSISTANT_TOKEN: 'token',
      TIME_ZONE: 'UTC',
      JOURNAL_RETENTION_DAYS: String(retentionDays),
    }),
    clock: new FakeClock(new Date(NOW_MS)),
    logger: pino({ level: 'silent' }),
  };
  const nightly = new NightlyPass(parts as unknown as NightlyPassOptions);
  await nightly.runIfDue(signal);
  expect(nightly.doneUntil).toEqual(new Date(THIS_NIGHT_MS));
  return { read, answered };
}

describe('NightlyPass', () => {
  it('answers all that happened in a new home again, and reads the power of the last day alone', async () => {
    const firstMs = NOW_MS - 4 * DAY_MS;
    const { read, answered } = await passOf({ firstMs, doneUntilMs: LAST_NIGHT_MS });
    expect(answered).toEqual([firstMs, THIS_NIGHT_MS]);
    expect(read).toEqual([LAST_NIGHT_MS, THIS_NIGHT_MS]);
  });

  it('answers what happened since the last night in a home that it knows', async () => {
    const { answered } = await passOf({ firstMs: NOW_MS - 20 * DAY_MS, doneUntilMs: LAST_NIGHT_MS });
    expect(answered).toEqual([LAST_NIGHT_MS, THIS_NIGHT_MS]);
  });

  it('leaves alone what has no power any more', async () => {
    const firstMs = NOW_MS - 2 * DAY_MS;
    const { answered } = await passOf({ firstMs, doneUntilMs: LAST_NIGHT_MS, retentionDays: 2 });
    expect(answered).toEqual([LAST_NIGHT_MS, THIS_NIGHT_MS]);
  });

  it('begins with a day, and with what is missing after some nights without it', async () => {
    expect((await passOf({ firstMs: null })).answered).toEqual([THIS_NIGHT_MS - DAY_MS, THIS_NIGHT_MS]);
    const missed = await passOf({ firstMs: NOW_MS - 20 * DAY_MS, doneUntilMs: LAST_NIGHT_MS - 2 * DAY_MS });
    expect(missed.answered).toEqual([LAST_NIGHT_MS - 2 * DAY_MS, THIS_NIGHT_MS]);
  });
});
