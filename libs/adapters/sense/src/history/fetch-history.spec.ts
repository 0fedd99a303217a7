import { HistoryChunk } from '@smart-meter/meter-adapter';
import { RacingClock } from '../testing/racing-clock';
import { SenseAccount } from '../sense-account';
import { createSenseAdapter } from '../streaming-sense-adapter';
import { SenseAdapter } from '../sense-adapter';
import { MemoryTokenStore } from '../testing/memory-token-store';
import { SenseSimulator } from '@smart-meter/simulators';
import { accountOptions, household, MONITOR_ID, never, startSense } from '../testing/sense-fixture';

describe('history', () => {
  let clock: RacingClock;
  let simulator: SenseSimulator;
  let adapter: SenseAdapter;

  async function start(now: string): Promise<void> {
    clock = new RacingClock(now);
    const createdAt = new Date('2025-12-31T12:00:00Z');
    simulator = await startSense(clock, {
      monitors: [{ id: Number(MONITOR_ID), household, solarConfigured: true, createdAt }],
    });
    const account = new SenseAccount(accountOptions(simulator, clock, new MemoryTokenStore()));
    adapter = createSenseAdapter({ meterId: 'home', account });
  }
  afterEach(async () => {
    await adapter.close();
    await simulator.close();
  });

  async function read(from: string, to: string) {
    const chunks: HistoryChunk[] = [];
    let error: unknown = null;
    try {
      const range = { from: new Date(from), to: new Date(to) };
      for await (const chunk of adapter.fetchHistory(range, never)) chunks.push(chunk);
    } catch (caught) {
      error = caught;
    }
    const ends = chunks.flatMap(({ readings }) => readings.map(({ observedAt }) => observedAt.toISOString()));
    return { chunks, error, ends };
  }

  it.each([
    ['2026-03-08T07:00:00Z', '2026-03-09T06:00:00Z', 23],
    ['2026-11-01T06:00:00Z', '2026-11-02T07:00:00Z', 25],
    ['2026-10-02T06:00:00Z', '2026-10-03T06:00:00Z', 24],
  ])('has %s to %s in %d hours that add up to the day', async (from, to, hours) => {
    await start('2026-11-20T00:00:00Z');
    const { chunks, ends } = await read(from, to);
    expect(chunks).toHaveLength(1);
    expect(ends).toHaveLength(hours);
    const kwh = chunks[0]?.readings.reduce((sum, { totalPowerW }) => sum + (totalPowerW ?? NaN) / 1000, 0);
    expect(kwh).toBeCloseTo(household.energyKwhBetween(new Date(from), new Date(to)).totalKwh, 9);
  });

  it('takes from the days what lies within the range, its start left out and its end included', async () => {
    await start('2026-11-20T00:00:00Z');
    const { chunks, ends } = await read('2026-10-02T04:00:00Z', '2026-10-02T08:00:00Z');
    expect(chunks.map(({ range }) => [range.from.toISOString(), range.to.toISOString()])).toEqual([
      ['2026-10-02T04:00:00.000Z', '2026-10-02T06:00:00.000Z'],
      ['2026-10-02T06:00:00.000Z', '2026-10-02T08:00:00.000Z'],
    ]);
    expect(ends).toEqual(['05', '06', '07', '08'].map((hour) => `2026-10-02T${hour}:00:00.000Z`));
  });

  it('hands out no hour that Sense may still correct, and says when to come back', async () => {
    await start('2026-10-02T20:05:00Z');
    const first = await read('2026-10-02T17:30:00Z', '2026-10-02T20:05:00Z');
    expect(first.ends).toEqual(['2026-10-02T18:00:00.000Z', '2026-10-02T19:00:00.000Z']);
    const coveredTo = first.chunks.at(-1)?.range.to.toISOString() ?? '';
    expect(coveredTo).toBe('2026-10-02T19:00:00.000Z');
    expect(first.error).toMatchObject({ code: 'unavailable', retryable: true, retryAfterMs: 5 * 60_000 });
    clock.goTo(new Date('2026-10-02T20:10:00Z'));
    const second = await read(coveredTo, '2026-10-02T20:05:00Z');
    expect(second.error).toBeNull();
    expect(second.ends).toEqual(['2026-10-02T20:00:00.000Z']);
    const { totalPowerW } = second.chunks[0]?.readings[0] ?? {};
    const hour = household.energyKwhBetween(
      new Date('2026-10-02T19:00:00Z'),
      new Date('2026-10-02T20:00:00Z'),
    );
    expect(totalPowerW).toBeCloseTo(hour.totalKwh * 1000, 6);
  });

  it('waits for hours that today has not told yet', async () => {
    await start('2026-10-02T20:30:00Z');
    const cut = (body: string) => {
      const usage = JSON.parse(body) as { consumption: { usage_breakdown_kwh: number[] } };
      usage.consumption.usage_breakdown_kwh.splice(12);
      return JSON.stringify(usage);
    };
    simulator.faults.next({ kind: 'rewrite', rewrite: cut }, { path: /history\/usage$/ });
    const { ends, error } = await read('2026-10-02T17:00:00Z', '2026-10-02T20:00:00Z');
    expect(ends).toEqual(['2026-10-02T18:00:00.000Z']);
    expect(error).toMatchObject({ code: 'unavailable', retryable: true });
  });

  it('invents nothing before the monitor was set up, nor of the future', async () => {
    await start('2026-01-01T12:00:00Z');
    const before = await read('2025-06-01T00:00:00Z', '2025-12-31T12:00:00Z');
    expect(before.ends).toEqual([]);
    expect(before.chunks).toHaveLength(1);
    expect(before.chunks[0]?.unavailable[0]?.reason).toContain('not set up');
    const after = await read('2026-01-05T00:00:00Z', '2026-01-06T00:00:00Z');
    expect(after).toMatchObject({ chunks: [], error: { code: 'unavailable', retryable: true } });
    expect([...simulator.counters.requestsByName.keys()].some((name) => name.includes('history'))).toBe(
      false,
    );
  });

  it('goes on where it was interrupted', async () => {
    await start('2026-11-20T00:00:00Z');
    simulator.faults.next({ kind: 'status', status: 503 }, { path: /history\/usage$/, skip: 2 });
    const first = await read('2026-10-01T06:00:00Z', '2026-10-05T06:00:00Z');
    expect(first.error).toMatchObject({ code: 'unavailable', retryAfterMs: 7500 });
    clock.goTo(new Date(clock.now().getTime() + 7500));
    const second = await read(first.chunks.at(-1)?.range.to.toISOString() ?? '', '2026-10-05T06:00:00Z');
    expect(first.ends).toHaveLength(48);
    expect(new Set([...first.ends, ...second.ends]).size).toBe(96);
  });

  it('asks for at most 30 days a minute', async () => {
    await start('2026-11-20T00:00:00Z');
    const startedMs = clock.monotonicMs();
    await read('2026-10-01T06:00:00Z', '2026-10-11T06:00:00Z');
    expect(clock.monotonicMs() - startedMs).toBe(9 * 2000);
  });
});
