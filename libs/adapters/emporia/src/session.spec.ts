import { DocumentStore, isMeterError, MeterError } from '@smart-meter/meter-adapter';
import { errorFaults } from '@smart-meter/meter-adapter-testkit';
import { HttpClient } from '@smart-meter/meter-http';
import { Agent, Dispatcher } from 'undici';
import { CognitoClient } from './cognito';
import { EmporiaCredentials } from './options';
import { EmporiaSession } from './session';
import { MemoryTokenStore } from './testing/memory-token-store';
import { EMAIL, PASSWORD, SimulatedCloud, startCloud } from './testing/simulated-cloud';

// A machine that is busy with other things is no fault.
jest.setTimeout(60_000);

const signal = new AbortController().signal;
const byPassword: EmporiaCredentials = { username: EMAIL, password: PASSWORD };
const HOUR_MS = 3_600_000;

describe('EmporiaSession', () => {
  let cloud: SimulatedCloud;

  beforeEach(async () => {
    cloud = await startCloud();
  });
  afterEach(() => cloud.simulator.close());

  function session(
    credentials: EmporiaCredentials = byPassword,
    store: DocumentStore = cloud.tokenStore,
    dispatcher?: Dispatcher,
  ): EmporiaSession {
    const http = new HttpClient({
      peer: "Emporia's log-in",
      clock: cloud.clock,
      timeoutMs: 500,
      ...(dispatcher ? { dispatcher } : {}),
    });
    return new EmporiaSession(
      credentials,
      new CognitoClient(http, cloud.simulator.url, cloud.clock),
      store,
      cloud.clock,
    );
  }
  const failure = async (asking: Promise<unknown>): Promise<MeterError> => {
    const error: unknown = await asking.then(
      () => new Error('no error'),
      (caught: unknown) => caught,
    );
    expect(errorFaults(error, [PASSWORD, EMAIL])).toEqual([]);
    if (!isMeterError(error)) throw error;
    return error;
  };
  const answerLogIn = (type: string, status = 400) =>
    cloud.simulator.faults.always(
      { kind: 'status', status, body: JSON.stringify({ __type: type, message: `${EMAIL} ${PASSWORD}` }) },
      { method: 'POST' },
    );

  it('logs in once and takes the e-mail address however it is written', async () => {
    const subject = session({ username: ' Pat@Example.NET ', password: PASSWORD });
    const idToken = await subject.idToken(signal);
    expect(await subject.idToken(signal)).toBe(idToken);
    expect(cloud.simulator.userPool.authorise(idToken)).toBe(EMAIL);
    expect(cloud.simulator.userPool.passwordLogIns).toBe(1);
  });

  it('refreshes five minutes early and keeps the refresh token that the answer does not repeat', async () => {
    const subject = session();
    const first = await subject.idToken(signal);
    const { refreshToken } = cloud.tokenStore.tokens ?? {};
    cloud.clock.advance(HOUR_MS - 6 * 60_000);
    expect(await subject.idToken(signal)).toBe(first);
    cloud.clock.advance(2 * 60_000);
    const second = await subject.idToken(signal);
    expect(second).not.toBe(first);
    expect(cloud.tokenStore.tokens).toMatchObject({ refreshToken, idToken: second });
    expect(cloud.simulator.userPool.passwordLogIns).toBe(1);
  });

  it('goes on after a restart without a log-in', async () => {
    await session().idToken(signal);
    cloud.clock.advance(2 * HOUR_MS);
    await session().idToken(signal);
    expect(cloud.simulator.userPool.passwordLogIns).toBe(1);
  });

  it('has a rotated refresh token stored before anyone can use it', async () => {
    cloud.simulator.userPool.rotateRefreshTokens = true;
    await session().idToken(signal);
    cloud.clock.advance(2 * HOUR_MS);
    let released: () => void = () => undefined;
    const slow = new MemoryTokenStore();
    await slow.save(cloud.tokenStore.tokens);
    const save = slow.save.bind(slow);
    slow.save = async (tokens) => {
      await new Promise<void>((resolve) => (released = resolve));
      await save(tokens);
    };
    const subject = session(byPassword, slow);
    let answered = false;
    const asking = subject.idToken(signal).then((token) => ((answered = true), token));
    while (cloud.simulator.counters.requestTotal < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(answered).toBe(false);
    released();
    await asking;
    expect(cloud.simulator.userPool.knowsRefreshToken(slow.tokens?.refreshToken ?? '')).toBe(true);
  });

  it('renews once for all who ask, and not less because one of them gives up', async () => {
    await session().idToken(signal);
    cloud.clock.advance(2 * HOUR_MS);
    const before = cloud.simulator.counters.requestTotal;
    const subject = session();
    const impatient = new AbortController();
    const askings = [subject.idToken(impatient.signal), subject.idToken(signal), subject.idToken(signal)];
    setImmediate(() => impatient.abort(new Error('gave up')));
    const [first, second, third] = await Promise.allSettled(askings);
    expect(first).toMatchObject({ status: 'rejected' });
    expect(second).toMatchObject({ status: 'fulfilled' });
    expect(third).toEqual(second);
    expect(cloud.simulator.counters.requestTotal - before).toBe(1);
  });

  it('logs in anew where the refresh token is void', async () => {
    await session().idToken(signal);
    cloud.simulator.userPool.revokeRefreshTokens();
    cloud.clock.advance(2 * HOUR_MS);
    expect(cloud.simulator.userPool.authorise(await session().idToken(signal))).toBe(EMAIL);
    expect(cloud.simulator.userPool.passwordLogIns).toBe(2);
  });

  it('uses pasted tokens: the id token while it lasts, then the refresh token', async () => {
    const { idToken, refreshToken } = cloud.simulator.userPool.issueTokens(EMAIL);
    const subject = session({ idToken, refreshToken });
    expect(await subject.idToken(signal)).toBe(idToken);
    cloud.clock.advance(2 * HOUR_MS);
    expect(cloud.simulator.userPool.authorise(await subject.idToken(signal))).toBe(EMAIL);
    expect(cloud.simulator.userPool.passwordLogIns).toBe(0);
  });

  it('prefers a newly pasted token to the stored ones of another', async () => {
    const old = cloud.simulator.userPool.issueTokens(EMAIL);
    await session({ refreshToken: old.refreshToken }).idToken(signal);
    cloud.simulator.userPool.revokeRefreshTokens();
    const fresh = cloud.simulator.userPool.issueTokens(EMAIL);
    cloud.clock.advance(2 * HOUR_MS);
    const idToken = await session({ refreshToken: fresh.refreshToken }).idToken(signal);
    expect(cloud.simulator.userPool.authorise(idToken)).toBe(EMAIL);
  });

  it('says that a pasted token must be pasted anew', async () => {
    const { refreshToken } = cloud.simulator.userPool.issueTokens(EMAIL);
    cloud.simulator.userPool.revokeRefreshTokens();
    const error = await failure(session({ refreshToken }).idToken(signal));
    expect(error).toMatchObject({
      code: 'authentication',
      message: expect.stringContaining('sign in again'),
    });
  });

  it('shows a refused password to Emporia once in 15 minutes', async () => {
    const subject = session({ username: EMAIL, password: 'wrong' });
    for (let minute = 0; minute < 14; minute += 1) {
      const error = await failure(subject.idToken(signal));
      expect(error).toMatchObject({ code: 'authentication', message: expect.stringContaining('password') });
      cloud.clock.advance(60_000);
    }
    expect(cloud.simulator.userPool.passwordLogIns).toBe(1);
    cloud.clock.advance(2 * 60_000);
    await failure(subject.idToken(signal));
    expect(cloud.simulator.userPool.passwordLogIns).toBe(2);
  });

  it.each([
    ['NotAuthorizedException', 'authentication', /refuses the e-mail address or the password/],
    ['com.amazonaws.cognito#NotAuthorizedException', 'authentication', /refuses the e-mail address/],
    ['UserNotFoundException', 'authentication', /Google or Apple/],
    ['PasswordResetRequiredException', 'authentication', /reset it in the Emporia app/],
    ['UserNotConfirmedException', 'authentication', /follow the link in the e-mail/],
    ['TooManyRequestsException', 'rate_limited', /fewer attempts/],
    ['LimitExceededException', 'rate_limited', /fewer attempts/],
    ['UserLambdaValidationException', 'unavailable', /the password is not in doubt/],
    ['InternalErrorException', 'unavailable', /tried again/],
    ['InvalidParameterException', 'unsupported', /no longer takes a password/],
    ['ResourceNotFoundException', 'unsupported', /no longer takes a password/],
  ])('turns %s into %s with what to do', async (type, code, words) => {
    answerLogIn(type);
    expect(await failure(session().idToken(signal))).toMatchObject({
      code,
      message: expect.stringMatching(words),
    });
  });

  it('takes a server that fails, or says nothing to be understood, for unavailable', async () => {
    const callOff = answerLogIn('', 502);
    expect(await failure(session().idToken(signal))).toMatchObject({ code: 'unavailable', retryable: true });
    callOff();
    cloud.simulator.faults.next({ kind: 'html', status: 503 }, { method: 'POST' });
    expect(await failure(session().idToken(signal))).toMatchObject({ code: 'unavailable' });
    cloud.simulator.faults.next(
      { kind: 'body', body: '{"AuthenticationResult":{"AccessToken":"a"}}' },
      { method: 'POST' },
    );
    expect(await failure(session().idToken(signal))).toMatchObject({ code: 'malformed_response' });
  });

  it('says that a log-in with a further step needs tokens', async () => {
    cloud.simulator.userPool.challengeName = 'SOFTWARE_TOKEN_MFA';
    expect(await failure(session().idToken(signal))).toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/SOFTWARE_TOKEN_MFA.*refresh token/),
    });
  });

  it('works on with tokens that cannot be stored, and says so until they can', async () => {
    const store = new MemoryTokenStore();
    store.save = () =>
      Promise.reject(new MeterError('configuration', 'cannot write the token file x (ENOSPC)'));
    const subject = session(byPassword, store);
    expect(cloud.simulator.userPool.authorise(await subject.idToken(signal))).toBe(EMAIL);
    expect(subject.warnings()).toEqual([expect.stringContaining('ENOSPC')]);
    cloud.clock.advance(2 * HOUR_MS);
    store.save = () => Promise.resolve();
    await subject.idToken(signal);
    expect(subject.warnings()).toEqual([]);
  });

  it.each([
    ['damaged', () => Promise.reject(new MeterError('configuration', 'tokens.json is damaged'))],
    ['of another kind', () => Promise.resolve({ idToken: 7, refreshToken: [] })],
    ['empty', () => Promise.resolve(null)],
  ])('logs in where the stored document is %s', async (_name, load) => {
    const store = new MemoryTokenStore();
    store.load = load;
    expect(cloud.simulator.userPool.authorise(await session(byPassword, store).idToken(signal))).toBe(EMAIL);
  });

  /** The moments at which a refresh waits for something. */
  const moments = [
    'before the request',
    'before the answer',
    'after the answer',
    'within the save',
    'after the save',
  ] as const;

  describe.each([
    ['a pasted token', false],
    ['a password', false],
    ['a password, with rotating tokens', true],
  ])('with %s', (kind, rotates) => {
    it.each(moments)('is not locked out when killed %s', async (moment) => {
      const { userPool, faults } = cloud.simulator;
      userPool.rotateRefreshTokens = rotates;
      const credentials: EmporiaCredentials = kind.startsWith('a pasted')
        ? { refreshToken: userPool.issueTokens(EMAIL).refreshToken }
        : byPassword;
      await session(credentials).idToken(signal);
      cloud.clock.advance(2 * HOUR_MS);

      const never = new Promise<never>(() => undefined);
      const disk = cloud.tokenStore;
      const dyingStore: DocumentStore = {
        load: () => disk.load(),
        save: async (tokens) => {
          if (moment === 'after the answer') return never;
          if (moment === 'within the save') return never;
          await disk.save(tokens);
          return never;
        },
      };
      const agent = new Agent();
      if (moment === 'before the request') await cloud.simulator.refuseConnections();
      if (moment === 'before the answer') faults.next({ kind: 'hang' }, { method: 'POST' });
      const dying = session(credentials, dyingStore, agent)
        .idToken(signal)
        .catch(() => undefined);
      await Promise.race([dying, new Promise((resolve) => setTimeout(resolve, 50))]);
      await agent.destroy();
      if (moment === 'before the request') await cloud.simulator.acceptConnections();

      const revived = session(credentials);
      expect(userPool.authorise(await revived.idToken(signal))).toBe(EMAIL);
      expect(userPool.knowsRefreshToken(disk.tokens?.refreshToken ?? '')).toBe(true);
      expect(userPool.passwordLogIns).toBeLessThanOrEqual(2);
    });
  });
});
