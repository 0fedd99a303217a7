import { Clock, isMeterError, MeterError, toMeterError } from '@smart-meter/meter-adapter';
import { isSameAddress, logIn, SenseCredentials } from './login';
import { Access, SenseApi, TokenRefusedError } from './sense-api';
import { parseTokens, SenseTokens, StoredSession } from './stored-session';
import { SessionStore } from './session-store';

export interface SenseSessionOptions {
  api: SenseApi;
  store: SessionStore;
  clock: Clock;
  /** For log-ins without a user at hand; without them only a stored session is used. */
  credentials?: SenseCredentials;
}

/** After a renewal ahead of time has failed: the token at hand still works. */
const EARLY_RENEWAL_RETRY_MS = 5 * 60_000;

/**
 * Always has an access token that Sense takes, as far as that can be had.
 *
 * A renewal spends the refresh token and brings another. The new one is on disk before it is used, so that a kill at
 * any instant leaves a session that works. Should Sense have spent the old one without its answer arriving here, the
 * access token at hand still has half of its life left, which is when renewals are made: readings go on while a
 * log-in (by itself, or by the user) brings a new session.
 */
export class SenseSession {
  private session: StoredSession | null = null;
  /** Came from Sense and could not be written yet: the tokens at hand may be spent, so this must not be lost. */
  private unsaved: StoredSession | null = null;
  private pending: Promise<StoredSession> | null = null;
  private earlyRenewalNotBeforeMs = 0;
  /** Why a log-in without a user cannot succeed with these credentials. */
  private loginFault: MeterError | null = null;
  private spentRefreshToken: string | null = null;
  private advice: string | null = null;

  constructor(private readonly options: SenseSessionOptions) {}

  /** What the user should do before the readings end, or null. */
  get warning(): string | null {
    return this.advice;
  }

  /** The session as stored, logging in where there is none. Throws `MeterError`. */
  async current(signal: AbortSignal): Promise<StoredSession> {
    return (await this.usable(signal)).session;
  }

  /**
   * Calls with an access token; where Sense refuses it, renews once and calls again, then logs in and calls again.
   * @param use throws `TokenRefusedError` where Sense does not take the token
   */
  async withAccess<T>(use: (access: Access) => Promise<T>, signal: AbortSignal): Promise<T> {
    let { session, tokens } = await this.usable(signal);
    for (const remedy of ['renew', 'log in', null] as const) {
      try {
        return await use({ accessToken: tokens.accessToken, deviceId: session.deviceId });
      } catch (error) {
        if (!(error instanceof TokenRefusedError)) throw error;
        if (remedy === null) break;
        ({ session, tokens } = await this.replace(tokens.accessToken, remedy, signal));
      }
    }
    throw new MeterError(
      'authentication',
      'Sense refuses even new tokens of this account: see whether the Sense app can log in',
    );
  }

  /** Resolves when nothing is under way that must not be cut off. */
  async settled(): Promise<void> {
    await this.pending?.catch(() => {
      // Whoever asked for it has been told.
    });
  }

  private async usable(signal: AbortSignal): Promise<Usable> {
    signal.throwIfAborted();
    this.session ??= await this.loadOwn();
    const { session } = this;
    const now = this.options.clock.now();
    if (session?.tokens && session.tokens.expiresAt > now) {
      if (!this.isRenewalDue(session.tokens, now)) return { session, tokens: session.tokens };
      return this.renewEarly(session, session.tokens, signal);
    }
    return this.replace(session?.tokens?.accessToken ?? null, 'renew', signal);
  }

  private isRenewalDue({ issuedAt, expiresAt }: SenseTokens, now: Date): boolean {
    const halfLifeMs = (expiresAt.getTime() - issuedAt.getTime()) / 2;
    const isHalfOver = now.getTime() >= issuedAt.getTime() + halfLifeMs;
    return isHalfOver && this.options.clock.monotonicMs() >= this.earlyRenewalNotBeforeMs;
  }

  private async renewEarly(
    session: StoredSession,
    tokens: SenseTokens,
    signal: AbortSignal,
  ): Promise<Usable> {
    try {
      return await this.replace(tokens.accessToken, 'renew', signal);
    } catch (error) {
      if (signal.aborted) throw error;
      const { message } = toMeterError(error, 'renewing the Sense session');
      this.earlyRenewalNotBeforeMs = this.options.clock.monotonicMs() + EARLY_RENEWAL_RETRY_MS;
      this.advice = `the Sense session could not be renewed and ends at ${tokens.expiresAt.toISOString()}: ${message}`;
      return { session, tokens };
    }
  }

  /** One replacement at a time; a caller that goes away does not cut it off, since a lost answer is a lost token. */
  private async replace(
    refused: string | null,
    remedy: 'renew' | 'log in',
    signal: AbortSignal,
  ): Promise<Usable> {
    this.pending ??= this.obtain(refused, remedy).finally(() => {
      this.pending = null;
    });
    const session = await abortable(this.pending, signal);
    if (!session.tokens) throw new Error('a session was obtained without tokens');
    return { session, tokens: session.tokens };
  }

  private async obtain(refused: string | null, remedy: 'renew' | 'log in'): Promise<StoredSession> {
    if (this.unsaved) return this.keep(this.unsaved);
    const stored = await this.loadOwn();
    const tokens = stored?.tokens;
    if (tokens && tokens.accessToken !== refused && tokens.expiresAt > this.options.clock.now()) {
      // Someone logged in by hand, or another process renewed.
      return this.adopt(stored);
    }
    if (remedy === 'renew' && tokens && tokens.refreshToken !== this.spentRefreshToken) {
      const renewed = await this.renew(stored, tokens);
      if (renewed) return this.keep(renewed);
      this.spentRefreshToken = tokens.refreshToken;
    }
    return this.adopt(await this.logInAlone(stored));
  }

  /** @returns null where Sense does not take the refresh token any more */
  private async renew(stored: StoredSession, tokens: SenseTokens): Promise<StoredSession | null> {
    const { api, store, clock } = this.options;
    // Nothing changes: a disk that cannot be written to must show before the refresh token is spent.
    await store.save(stored);
    const response = await api.postForm(
      'renew',
      { user_id: tokens.userId, refresh_token: tokens.refreshToken },
      stored.deviceId,
      neverAborted,
    );
    if (response.status === 400 || response.status === 401 || response.status === 403) return null;
    if (response.status !== 200) {
      throw new MeterError('unavailable', `Sense did not renew the session (HTTP ${response.status})`);
    }
    return { ...stored, tokens: parseTokens(api.parseJson(response), clock.now(), tokens) };
  }

  /** Writes first, uses then. */
  private async keep(session: StoredSession): Promise<StoredSession> {
    this.unsaved = session;
    await this.options.store.save(session);
    this.unsaved = null;
    return this.adopt(session);
  }

  private adopt(session: StoredSession): StoredSession {
    this.session = session;
    this.spentRefreshToken = null;
    this.loginFault = null;
    this.advice = null;
    return session;
  }

  private async logInAlone(stored: StoredSession | null): Promise<StoredSession> {
    const { credentials } = this.options;
    if (this.loginFault) throw this.loginFault;
    if (!credentials) {
      throw new MeterError(
        'authentication',
        stored?.tokens
          ? 'Sense no longer accepts the stored session: log in again with `smart-meter login sense`'
          : 'not logged in to Sense yet: log in once with `smart-meter login sense`',
      );
    }
    try {
      return await logIn(this.options, credentials, undefined, neverAborted);
    } catch (error) {
      if (isMeterError(error) && error.code === 'authentication') this.loginFault = error;
      throw error;
    }
  }

  /** The stored session, unless it belongs to another account than the credentials. */
  private async loadOwn(): Promise<StoredSession | null> {
    const stored = await this.options.store.load();
    const email = this.options.credentials?.email;
    return stored && (email === undefined || isSameAddress(stored.email, email)) ? stored : null;
  }
}

interface Usable {
  session: StoredSession;
  tokens: SenseTokens;
}

/** The requests of a replacement are bounded in time by themselves. */
const neverAborted = new AbortController().signal;

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    if (signal.aborted) onAbort();
  });
}
