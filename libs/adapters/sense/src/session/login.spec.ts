import { FakeClock } from '@smart-meter/meter-adapter-testkit';
import { SenseSimulator } from '@smart-meter/simulators';
import { loginWithMfa, SenseAccount } from '../sense-account';
import { MemoryTokenStore } from '../testing/memory-token-store';
import { accountOptions, MONITOR_ID, never, startSense } from '../testing/sense-fixture';
import { AskCode } from './login';

const CODE = '123456';

describe('logging in', () => {
  let clock: FakeClock;
  let simulator: SenseSimulator;
  let store: MemoryTokenStore;

  beforeEach(async () => {
    clock = new FakeClock('2026-10-02T10:00:00Z');
    simulator = await startSense(clock, { mfaCode: CODE });
    store = new MemoryTokenStore();
  });
  afterEach(() => simulator.close());

  const options = () => accountOptions(simulator, clock, store);
  const logIn = (askCode: AskCode) => loginWithMfa(options(), askCode, never);

  it('asks for the code once, stores the session and tells the monitors', async () => {
    const asked: string[] = [];
    const monitors = await logIn((reason) => {
      asked.push(reason);
      return Promise.resolve(' 123 456\n');
    });
    expect(asked).toEqual(['required']);
    expect(monitors).toEqual([
      {
        id: MONITOR_ID,
        name: 'Home',
        timeZone: 'America/Denver',
        solarConfigured: true,
        createdAt: new Date('2022-05-09T21:14:03Z'),
      },
    ]);
    const stored = store.session;
    expect(stored?.deviceId).toMatch(/^[0-9a-f]{32}$/);
    expect(stored?.tokens?.expiresAt).toEqual(new Date('2026-10-03T10:00:00Z'));
    expect(JSON.stringify(store.saved)).not.toContain(simulator.password);
    expect((await new SenseAccount(options()).monitors(never)).map(({ id }) => id)).toEqual([MONITOR_ID]);
    expect(simulator.accounts.loginTimes).toHaveLength(1);
  });

  it('asks again after a wrong code, three times in all', async () => {
    const asked: string[] = [];
    await expect(
      logIn((reason) => {
        asked.push(reason);
        return Promise.resolve('000000');
      }),
    ).rejects.toMatchObject({ code: 'authentication', message: expect.stringContaining('3 codes') });
    expect(asked).toEqual(['required', 'refused', 'refused']);
    expect(simulator.accounts.loginTimes).toHaveLength(1);
  });

  it('keeps the device id over log-ins', async () => {
    await logIn(() => Promise.resolve(CODE));
    const { deviceId } = store.session ?? {};
    await clock.advance(15 * 60_000);
    await logIn(() => Promise.resolve(CODE));
    expect(store.session?.deviceId).toBe(deviceId);
  });

  it('never logs in twice within 15 minutes, whatever became of the first time, and says when it will', async () => {
    await expect(logIn(() => Promise.reject(new Error('closed the terminal')))).rejects.toThrow('closed');
    await clock.advance(5 * 60_000);
    await expect(logIn(() => Promise.resolve(CODE))).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 10 * 60_000,
      message: expect.stringContaining('possible in 10 min'),
    });
    expect(simulator.accounts.loginTimes).toHaveLength(1);
    await clock.advance(10 * 60_000);
    await logIn(() => Promise.resolve(CODE));
  });

  it('waits 15 minutes from now, and no longer, when the wall clock was set back', async () => {
    await logIn(() => Promise.resolve(CODE));
    clock.jumpTo('2025-01-01T00:00:00Z');
    await expect(logIn(() => Promise.resolve(CODE))).rejects.toMatchObject({ retryAfterMs: 15 * 60_000 });
    await clock.advance(14 * 60_000);
    await expect(logIn(() => Promise.resolve(CODE))).rejects.toMatchObject({ retryAfterMs: 60_000 });
    await clock.advance(60_000);
    await logIn(() => Promise.resolve(CODE));
  });

  it('does not log in again by itself with credentials that were refused, or where a code is wanted', async () => {
    const wrong = new SenseAccount({ ...options(), credentials: { email: 'x@example.com', password: 'no' } });
    for (let hour = 0; hour < 5; hour += 1) {
      await expect(wrong.monitors(never)).rejects.toMatchObject({
        code: 'authentication',
        message: expect.stringContaining('e-mail address and password'),
      });
      await clock.advance(60 * 60_000);
    }
    expect(simulator.accounts.loginTimes).toHaveLength(1);
    const alone = new SenseAccount(options());
    for (let hour = 0; hour < 5; hour += 1) {
      await expect(alone.monitors(never)).rejects.toMatchObject({
        code: 'authentication',
        message: expect.stringContaining('smart-meter login sense'),
      });
      await clock.advance(60 * 60_000);
    }
    expect(simulator.accounts.loginTimes).toHaveLength(2);
  });

  it('goes on at once when the user has logged in meanwhile', async () => {
    const { tokenStore, clock: same, apiUrl, realtimeUrl } = options();
    const account = new SenseAccount({ tokenStore, clock: same, apiUrl, realtimeUrl });
    await expect(account.monitors(never)).rejects.toMatchObject({
      message: 'not logged in to Sense yet: log in once with `smart-meter login sense`',
    });
    await logIn(() => Promise.resolve(CODE));
    expect(await account.monitors(never)).toHaveLength(1);
  });

  it('does not use the session of another address', async () => {
    await logIn(() => Promise.resolve(CODE));
    const other = new SenseAccount({
      ...options(),
      credentials: { email: 'other@example.com', password: 'x' },
    });
    await expect(other.monitors(never)).rejects.toMatchObject({ code: 'rate_limited' });
    const same = new SenseAccount({
      ...options(),
      credentials: { email: simulator.email.toUpperCase(), password: 'x' },
    });
    expect(await same.monitors(never)).toHaveLength(1);
  });
});
