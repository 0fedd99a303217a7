import { SimulatedClock } from './simulated-clock';

describe('SimulatedClock', () => {
  const start = new Date('2026-03-01T00:00:00Z');

  it('stands still, runs fast, and jumps', async () => {
    const clock = new SimulatedClock(start, 0);
    await new Promise((resolve) => setTimeout(resolve, 15));
    expect(clock.now()).toEqual(start);
    clock.jump(-3_600_000);
    expect(clock.now()).toEqual(new Date('2026-02-28T23:00:00Z'));
    clock.setSpeed(3600);
    const before = clock.now().getTime();
    await new Promise((resolve) => setTimeout(resolve, 15));
    expect(clock.now().getTime() - before).toBeGreaterThan(10 * 3600);
    clock.setSpeed(0);
    clock.jumpTo(start);
    expect(clock.now()).toEqual(start);
  });
});
