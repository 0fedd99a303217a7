import { MemoryTokenStore } from '../testing/memory-token-store';
import { accountOptions, MONITOR_ID, never, SenseFixture, startFixture } from '../testing/sense-fixture';
import { SenseAccount } from '../sense-account';

const HOUR_MS = 3_600_000;
const OVERVIEW = `app/monitors/${MONITOR_ID}/overview`;

describe('a session', () => {
  let fixture: SenseFixture;
  afterEach(() => fixture.close());

  const read = () => fixture.account.get(OVERVIEW, never);

  it('lives for months on one log-in, renewing at half of each life', async () => {
    fixture = await startFixture({ rotation: 'strict' });
    for (let hour = 0; hour < 24 * 60; hour += 6) {
      await read();
      await fixture.clock.advance(6 * HOUR_MS);
    }
    expect(fixture.simulator.accounts.loginTimes).toHaveLength(1);
    expect(fixture.simulator.accounts.renewals).toBeGreaterThan(110);
    expect(fixture.simulator.accounts.renewals).toBeLessThanOrEqual(120);
  });

  it('renews once for many that ask at the same time', async () => {
    fixture = await startFixture({ rotation: 'strict' });
    await read();
    fixture.simulator.accounts.revokeAccessTokens();
    await Promise.all([read(), read(), read(), read()]);
    expect(fixture.simulator.accounts.renewals).toBe(1);
  });

  it('keeps a renewed token whose caller has gone away', async () => {
    fixture = await startFixture({ rotation: 'strict' });
    await read();
    fixture.simulator.accounts.revokeAccessTokens();
    fixture.simulator.faults.next({ kind: 'delay', delayMs: 100 }, { path: /renew/ });
    const caller = new AbortController();
    const asking = fixture.account.get(OVERVIEW, caller.signal);
    setTimeout(() => caller.abort(new Error('gone')), 30);
    await expect(asking).rejects.toThrow('gone');
    await fixture.account.close();
    expect(fixture.simulator.accounts.renewals).toBe(1);
    const restarted = new SenseAccount(accountOptions(fixture.simulator, fixture.clock, fixture.store));
    await restarted.get(OVERVIEW, never);
    expect(fixture.simulator.accounts.renewals).toBe(1);
    expect(fixture.simulator.accounts.loginTimes).toHaveLength(1);
  });

  it('goes on with the token at hand while Sense cannot renew it', async () => {
    fixture = await startFixture();
    await read();
    await fixture.clock.advance(13 * HOUR_MS);
    fixture.simulator.faults.next({ kind: 'body', status: 404, body: '{}' }, { path: /renew/ });
    await read();
    expect(fixture.account.warning).toContain('could not be renewed');
    await fixture.clock.advance(4 * 60_000);
    await read();
    expect(fixture.simulator.accounts.renewals).toBe(0);
    await fixture.clock.advance(60_000);
    await read();
    expect(fixture.simulator.accounts.renewals).toBe(1);
    expect(fixture.account.warning).toBeNull();
  });

  it('takes over what another process has renewed', async () => {
    fixture = await startFixture({ rotation: 'strict' });
    await read();
    const other = new SenseAccount(accountOptions(fixture.simulator, fixture.clock, fixture.store));
    await fixture.clock.advance(13 * HOUR_MS);
    await other.get(OVERVIEW, never);
    await read();
    expect(fixture.simulator.accounts.renewals).toBe(1);
  });

  it('spends no refresh token while the session cannot be written, and uses no token that is not', async () => {
    fixture = await startFixture({ rotation: 'strict' });
    const store = new FailingStore();
    const account = new SenseAccount(accountOptions(fixture.simulator, fixture.clock, store));
    await account.get(OVERVIEW, never);
    await fixture.clock.advance(13 * HOUR_MS);
    store.failures = 1;
    await account.get(OVERVIEW, never);
    expect(fixture.simulator.accounts.renewals).toBe(0);
    expect(account.warning).toContain('disk full');

    await fixture.clock.advance(10 * 60_000);
    store.passes = 1;
    store.failures = 2;
    await account.get(OVERVIEW, never);
    expect(fixture.simulator.accounts.renewals).toBe(1);
    const onDisk = store.session?.tokens?.accessToken;
    expect(onDisk).toBe(store.saved[1]?.tokens?.accessToken);
    await fixture.clock.advance(11 * HOUR_MS);
    await expect(account.get(OVERVIEW, never)).rejects.toThrow('disk full');
    await account.get(OVERVIEW, never);
    expect(store.session?.tokens?.accessToken).not.toBe(onDisk);
    expect(fixture.simulator.accounts.loginTimes).toHaveLength(1);
  });

  it('is not put off by a clock that is years ahead', async () => {
    fixture = await startFixture();
    await read();
    const ahead = accountOptions(fixture.simulator, fixture.clock, fixture.store);
    const account = new SenseAccount({
      ...ahead,
      clock: {
        now: () => new Date(fixture.clock.now().getTime() + 5 * 365 * 24 * HOUR_MS),
        monotonicMs: () => fixture.clock.monotonicMs(),
        sleep: (ms, signal) => fixture.clock.sleep(ms, signal),
      },
    });
    await account.get(OVERVIEW, never);
    await account.get(OVERVIEW, never);
    expect(fixture.simulator.accounts.renewals).toBe(1);
  });
});

class FailingStore extends MemoryTokenStore {
  passes = 0;
  failures = 0;

  override save(session: unknown): Promise<void> {
    if (this.passes > 0) this.passes -= 1;
    else if (this.failures > 0) {
      this.failures -= 1;
      return Promise.reject(Object.assign(new Error('disk full')));
    }
    return super.save(session);
  }
}
