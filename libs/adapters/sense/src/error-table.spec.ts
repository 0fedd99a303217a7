import { isMeterError, MeterError } from '@smart-meter/meter-adapter';
import { loginWithMfa, SenseAccount } from './sense-account';
import { createSenseAdapter } from './streaming-sense-adapter';
import { MemoryTokenStore } from './testing/memory-token-store';
import {
  accountOptions,
  household,
  MONITOR_ID,
  never,
  OLD_FIRMWARE,
  SenseFixture,
  startFixture,
} from './testing/sense-fixture';

const SNAPSHOT = /realtime_update/;

/** What Sense's errors ask for, row by row. */
describe('what to do about', () => {
  let fixture: SenseFixture;
  afterEach(() => fixture.close());

  const poll = () => fixture.adapter.fetchConsumption(never);
  const requests = () => fixture.simulator.counters.requestTotal;
  async function failure(): Promise<MeterError> {
    const caught: unknown = await poll().then(
      () => new Error('a reading came instead'),
      (error: unknown) => error,
    );
    if (isMeterError(caught)) return caught;
    throw caught;
  }

  it('401 with an mfa_token: ask for the code', async () => {
    fixture = await startFixture({ mfaCode: '654321' });
    expect(await failure()).toMatchObject({ code: 'authentication', retryable: false });
    await fixture.clock.advance(15 * 60_000);
    const options = accountOptions(fixture.simulator, fixture.clock, fixture.store);
    await loginWithMfa(options, () => Promise.resolve('654321'), never);
    expect((await poll()).reading.totalPowerW).not.toBeNull();
  });

  it.each([400, 401])(
    '%d without one: the credentials are wrong, and are not tried again',
    async (status) => {
      fixture = await startFixture();
      fixture.simulator.faults.always(
        { kind: 'body', status, body: '{"status":"error","error_reason":"Please check your email"}' },
        { path: /authenticate/ },
      );
      expect(await failure()).toMatchObject({ code: 'authentication', retryable: false });
      const before = requests();
      await fixture.clock.advance(60 * 60_000);
      expect((await failure()).message).toContain('e-mail address and password');
      expect(requests()).toBe(before);
    },
  );

  it('401 on a data call: renew once and ask again', async () => {
    fixture = await startFixture();
    await poll();
    fixture.simulator.accounts.revokeAccessTokens();
    expect((await poll()).reading.totalPowerW).not.toBeNull();
    expect(fixture.simulator.accounts.renewals).toBe(1);
    expect(fixture.simulator.accounts.loginTimes).toHaveLength(1);
  });

  it('401 on a data call and on the renewal: log in', async () => {
    fixture = await startFixture();
    await poll();
    await fixture.clock.advance(20 * 60_000);
    fixture.simulator.accounts.revokeSessions();
    expect((await poll()).reading.totalPowerW).not.toBeNull();
    expect(fixture.simulator.accounts.loginTimes).toHaveLength(2);
  });

  it('401 on both within 15 minutes of the last log-in: wait, and say until when', async () => {
    fixture = await startFixture();
    await poll();
    await fixture.clock.advance(5 * 60_000);
    fixture.simulator.accounts.revokeSessions();
    expect(await failure()).toMatchObject({ code: 'rate_limited', retryAfterMs: 10 * 60_000 });
    await fixture.clock.advance(10 * 60_000);
    await poll();
    expect(fixture.simulator.accounts.loginTimes).toHaveLength(2);
  });

  it('401 even with a token of a new log-in: give up', async () => {
    fixture = await startFixture();
    await poll();
    await fixture.clock.advance(20 * 60_000);
    fixture.simulator.faults.always({ kind: 'status', status: 401 }, { path: SNAPSHOT });
    expect(await failure()).toMatchObject({ code: 'authentication', retryable: false });
    expect(fixture.simulator.accounts.renewals).toBe(1);
    expect(fixture.simulator.accounts.loginTimes).toHaveLength(2);
  });

  it.each([403, 404])('%d: the monitor is wrong; the user reads which there are', async (status) => {
    fixture = await startFixture({ monitorId: '99999' });
    fixture.simulator.faults.always({ kind: 'status', status }, { path: /99999/ });
    const error = await failure();
    expect(error).toMatchObject({ code: 'configuration', retryable: false });
    expect(error.message).toContain('cannot read monitor 99999');
    expect(error.message).toContain(`${MONITOR_ID} (Home)`);
    expect(fixture.simulator.accounts.renewals).toBe(0);
  });

  it('429 with Retry-After: be quiet for that long, the whole account', async () => {
    fixture = await startFixture();
    await poll();
    fixture.simulator.faults.next({ kind: 'status', status: 429, retryAfterS: 300 }, { path: SNAPSHOT });
    expect(await failure()).toMatchObject({ code: 'rate_limited', retryAfterMs: 300_000 });
    const before = requests();
    const second = createSenseAdapter({ meterId: 'second', account: fixture.account });
    await fixture.clock.advance(299_000);
    expect(await failure()).toMatchObject({ code: 'rate_limited', retryAfterMs: 1000 });
    await expect(second.fetchConsumption(never)).rejects.toMatchObject({ code: 'rate_limited' });
    expect(requests()).toBe(before);
    await fixture.clock.advance(1000);
    await poll();
  });

  it('429 without: at least 60 s, and longer each time', async () => {
    fixture = await startFixture();
    await poll();
    const callOff = fixture.simulator.faults.always({ kind: 'status', status: 429 }, { path: SNAPSHOT });
    const waits: number[] = [];
    for (let tried = 0; tried < 4; tried += 1) {
      const { retryAfterMs = 0 } = await failure();
      waits.push(retryAfterMs);
      await fixture.clock.advance(retryAfterMs);
    }
    callOff();
    expect(waits[0]).toBeGreaterThanOrEqual(60_000);
    expect(waits).toEqual([90_000, 180_000, 360_000, 720_000]);
    await poll();
    fixture.simulator.faults.next({ kind: 'status', status: 429 }, { path: SNAPSHOT });
    await fixture.clock.advance(60_000);
    expect((await failure()).retryAfterMs).toBe(90_000);
  });

  it.each([500, 502, 503])('%d: back off, never a zero, and go on by itself', async (status) => {
    fixture = await startFixture();
    await poll();
    const mains = fixture.adapter.mains;
    const callOff = fixture.simulator.faults.always({ kind: 'status', status }, { path: SNAPSHOT });
    const waits: number[] = [];
    for (let tried = 0; tried < 3; tried += 1) {
      const error = await failure();
      expect(error).toMatchObject({ code: 'unavailable', retryable: true });
      waits.push(error.retryAfterMs ?? 0);
      await fixture.clock.advance(error.retryAfterMs ?? 0);
    }
    expect(waits).toEqual([7500, 15_000, 30_000]);
    expect(fixture.adapter.mains).toEqual(mains);
    callOff();
    await poll();
  });

  it('a cut connection: the same', async () => {
    fixture = await startFixture();
    await poll();
    fixture.simulator.faults.next({ kind: 'drop' }, { path: SNAPSHOT });
    expect(await failure()).toMatchObject({ code: 'unavailable', retryAfterMs: 7500 });
    await fixture.clock.advance(7500);
    await poll();
  });

  it('hello with online=false: wait minutes', async () => {
    const at = (text: string) => new Date(`2026-10-02T${text}Z`);
    fixture = await startFixture({
      monitors: [{ id: Number(MONITOR_ID), household, firmware: OLD_FIRMWARE }],
    });
    fixture.simulator.monitors[0]?.outages.push({ from: at('19:00:00'), to: at('21:00:00') });
    const error = await failure();
    expect(error).toMatchObject({ code: 'unavailable', retryable: true, retryAfterMs: 5 * 60_000 });
    expect(error.message).toContain('offline');
  });

  it('the last update of a monitor that has gone, told again and again: it is not now', async () => {
    fixture = await startFixture();
    const from = new Date(fixture.clock.now().getTime() + 1000);
    fixture.simulator.monitors[0]?.outages.push({ from, to: new Date(from.getTime() + 3_600_000) });
    await poll();
    await fixture.clock.advance(60_000);
    expect(await failure()).toMatchObject({ code: 'unavailable', retryable: true });
    await fixture.clock.advance(3_600_000);
    await poll();
  });

  it('an unknown path: the protocol has changed, said without a word of what came', async () => {
    fixture = await startFixture();
    await poll();
    fixture.simulator.faults.next(
      { kind: 'body', body: '{"status":"error","error_reason":"Not Found"}' },
      { path: SNAPSHOT },
    );
    expect(await failure()).toMatchObject({ code: 'malformed_response' });
  });

  it('a failed energy of the day: the live reading comes all the same, its energy unknown', async () => {
    fixture = await startFixture();
    fixture.simulator.faults.next({ kind: 'html' }, { path: /history\/usage/ });
    const { reading, warnings } = await poll();
    expect(reading.totalPowerW).not.toBeNull();
    expect(reading.dailyKwh).toBeNull();
    expect(warnings.join()).toContain('the energy of today could not be read');
  });

  it('a failed list of devices: the live reading comes with those that are on', async () => {
    fixture = await startFixture();
    fixture.simulator.faults.next({ kind: 'status', status: 400 }, { path: /devices\/overview/ });
    const { reading, warnings } = await poll();
    expect(reading.circuits.length).toBeGreaterThan(3);
    expect(reading.circuits.every(({ powerW }) => powerW !== 0)).toBe(true);
    expect(warnings.join()).toContain('those that are off are missing');
    await fixture.clock.advance(10 * 60_000);
    expect((await poll()).reading.circuits.length).toBeGreaterThan(reading.circuits.length);
  });

  it('a session that Sense ends while the account wants a code: say so once, ask nobody', async () => {
    fixture = await startFixture({ mfaCode: '111111' });
    const store = new MemoryTokenStore();
    const options = accountOptions(fixture.simulator, fixture.clock, store);
    await loginWithMfa(options, () => Promise.resolve('111111'), never);
    const account = new SenseAccount(options);
    const adapter = createSenseAdapter({ meterId: 'home', account });
    await adapter.fetchConsumption(never);
    await fixture.clock.advance(16 * 60_000);
    fixture.simulator.accounts.revokeSessions();
    for (let tried = 0; tried < 3; tried += 1) {
      await expect(adapter.fetchConsumption(never)).rejects.toMatchObject({
        code: 'authentication',
        message: expect.stringContaining('smart-meter login sense'),
      });
    }
    expect(fixture.simulator.accounts.loginTimes).toHaveLength(2);
  });
});
