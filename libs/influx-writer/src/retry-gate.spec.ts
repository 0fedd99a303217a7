import { FakeClock } from '@smart-meter/meter-adapter-testkit';
import { RetryGate } from './retry-gate';

const policy = { firstDelayMs: 1_000, longestDelayMs: 8_000, longestRetryAfterMs: 60_000 };
const never = new AbortController().signal;

describe('RetryGate', () => {
  const clock = new FakeClock();
  const gateWithRandom = (random: number) => new RetryGate(clock, policy, () => random);

  it('waits twice as long after each fault, up to the longest', async () => {
    const gate = gateWithRandom(1);
    const delaysMs: number[] = [];
    for (let fault = 0; fault < 6; fault += 1) {
      const entered = gate.enter(never);
      await clock.advance(gate.remainingMs);
      const pass = await entered;
      delaysMs.push(pass.failed());
      pass.leave();
    }
    expect(delaysMs).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  });

  it.each([
    [undefined, 500],
    [0, 500],
    [30_000, 30_000],
    [7_200_000, 60_000],
  ])('waits at least as long as it was asked to, within bounds: %p', async (retryAfterMs, delayMs) => {
    const pass = await gateWithRandom(0).enter(never);
    expect(pass.failed(retryAfterMs)).toBe(delayMs);
  });

  it('counts requests that failed together once', async () => {
    const gate = gateWithRandom(1);
    const passes = [await gate.enter(never), await gate.enter(never), await gate.enter(never)];
    for (const pass of passes) pass.failed();
    expect(gate.failures).toBe(1);
  });

  it('is not opened by a request from before the fault', async () => {
    const gate = gateWithRandom(1);
    const [early, late] = [await gate.enter(never), await gate.enter(never)];
    late.failed(5_000);
    early.succeeded();
    expect(gate.remainingMs).toBe(5_000);
  });

  it('lets one try first, and the others after its success', async () => {
    const gate = gateWithRandom(1);
    (await gate.enter(never)).failed();
    const entered: string[] = [];
    const first = gate.enter(never).then((pass) => (entered.push('first'), pass));
    const second = gate.enter(never).then((pass) => (entered.push('second'), pass));
    await clock.advance(999);
    expect(entered).toEqual([]);
    await clock.advance(1);
    expect(entered).toEqual(['first']);
    const trial = await first;
    trial.succeeded();
    trial.leave();
    await second;
    expect(gate.failures).toBe(0);
  });

  it('lets the next one try when the trial ended without a verdict', async () => {
    const gate = gateWithRandom(1);
    (await gate.enter(never)).failed();
    const waiting = [gate.enter(never), gate.enter(never)];
    await clock.advance(1_000);
    (await waiting[0])?.leave();
    expect(await waiting[1]).toBeDefined();
  });

  it('gives up with the signal', async () => {
    const gate = gateWithRandom(1);
    (await gate.enter(never)).failed();
    const stop = new AbortController();
    const entered = gate.enter(stop.signal);
    stop.abort(new Error('stopped'));
    await expect(entered).rejects.toThrow('stopped');
  });
});
