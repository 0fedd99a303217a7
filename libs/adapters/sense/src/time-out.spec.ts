import { household, MONITOR_ID, never, OLD_FIRMWARE, startFixture } from './testing/sense-fixture';

describe('a cloud that does not answer', () => {
  // The time-out of 10 s is real.
  it('is given up after ten seconds, with a wait before the next request', async () => {
    const fixture = await startFixture();
    await fixture.adapter.fetchConsumption(never);
    fixture.simulator.faults.next({ kind: 'hang' }, { path: /realtime_update/ });
    await expect(fixture.adapter.fetchConsumption(never)).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
      retryAfterMs: 7500,
      message: expect.stringContaining('did not answer within 10 s'),
    });
    await fixture.clock.advance(7500);
    await fixture.adapter.fetchConsumption(never);
    await fixture.close();
  }, 20_000);

  it('is given up when the live feed opens and stays silent', async () => {
    const monitors = [{ id: Number(MONITOR_ID), household, firmware: OLD_FIRMWARE }];
    const fixture = await startFixture({ monitors, feedIntervalMs: 3_600_000 });
    fixture.simulator.faults.always({ kind: 'hang' }, { command: /realtime_update/ });
    const reading = fixture.adapter.fetchConsumption(never).catch((error: unknown) => error);
    while (fixture.simulator.feed.openStreams === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await fixture.clock.advance(10_000);
    expect(await reading).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('silent for 10 s'),
    });
    await fixture.close();
  });
});
