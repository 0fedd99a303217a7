import { SchedulerRegistry } from '@nestjs/schedule';
import { systemClock } from '@smart-meter/meter-adapter';
import { MeterPoller } from './meter-poller';
import { ScheduledProvider } from './scheduled-provider';

const START = new Date('2026-01-01T00:00:03.250Z');

function makeSchedule(collectionTakesMs: number) {
  const startedAt: number[] = [];
  let running = 0;
  let mostAtOnce = 0;
  const poller = {
    collectOnce: async () => {
      startedAt.push(Date.now());
      mostAtOnce = Math.max(mostAtOnce, (running += 1));
      await new Promise((resolve) => setTimeout(resolve, collectionTakesMs));
      running -= 1;
    },
  } as unknown as MeterPoller;
  const registry = new SchedulerRegistry();
  const provider = new ScheduledProvider({ poller, registry, clock: systemClock, intervalS: 10 });
  return { provider, startedAt, registry, most: () => mostAtOnce };
}

describe('ScheduledProvider', () => {
  beforeEach(() => jest.useFakeTimers({ now: START }));
  afterEach(() => jest.useRealTimers());

  it('collects at once, then on the grid of the interval, without drift', async () => {
    const { provider, startedAt } = makeSchedule(120);
    provider.start();
    await jest.advanceTimersByTimeAsync(60 * 60_000);
    expect(startedAt[0]).toBe(START.getTime());
    expect(startedAt.slice(1).every((ms) => ms % 10_000 === 0)).toBe(true);
    expect(startedAt).toHaveLength(361);
  });

  it('never overlaps itself: a slow collection skips the ticks it overran', async () => {
    const { provider, startedAt, most } = makeSchedule(25_000);
    provider.start();
    await jest.advanceTimersByTimeAsync(5 * 60_000);
    expect(most()).toBe(1);
    expect(startedAt.length).toBeGreaterThan(8);
    expect(startedAt.slice(1).every((ms) => ms % 10_000 === 0)).toBe(true);
  });

  it('finishes what it began and leaves no timer behind', async () => {
    const { provider, startedAt, registry } = makeSchedule(5_000);
    provider.start();
    const stopped = provider.stop();
    await jest.advanceTimersByTimeAsync(60_000);
    await stopped;
    expect(startedAt).toHaveLength(1);
    expect(registry.getTimeouts()).toEqual([]);
  });
});
