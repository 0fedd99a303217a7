import { createHash } from 'node:crypto';
import {
  Clock,
  DocumentStore,
  isJsonObject,
  isMeterError,
  MeterError,
  toMeterError,
} from '@smart-meter/meter-adapter';
import { CognitoClient, IssuedTokens } from './cognito';
import { EmporiaCredentials } from './options';
import { readStoredTokens, StoredTokens } from './stored-tokens';

/** Renewed this long before the end, as Emporia's own client does. */
const RENEW_EARLY_MS = 5 * 60_000;
/** Refused credentials are not shown to Emporia again before this. */
const REFUSED_FOR_MS = 15 * 60_000;

/**
 * Keeps one account logged in: stored tokens first, then a refresh, then the password.
 * New tokens are on disk before they are used.
 */
export class EmporiaSession {
  private tokens: StoredTokens | null = null;
  private loaded = false;
  private renewing: Promise<StoredTokens> | null = null;
  private refusal: { error: MeterError; untilMs: number } | null = null;
  private storeFault: MeterError | null = null;
  private readonly origin: string;

  constructor(
    private readonly credentials: EmporiaCredentials,
    private readonly cognito: CognitoClient,
    private readonly store: DocumentStore,
    private readonly clock: Clock,
  ) {
    this.origin = originOf(credentials);
  }

  /** A token that is valid now. Throws `MeterError`. */
  async idToken(signal: AbortSignal): Promise<string> {
    await this.loadOnce();
    const current = this.tokens;
    if (current && current.idTokenExpiresAt.getTime() - RENEW_EARLY_MS > this.clock.now().getTime()) {
      return current.idToken;
    }
    return (await this.renew(signal)).idToken;
  }

  /** Emporia does not take this token although it should still be valid: the next one is a new one. */
  reject(idToken: string): void {
    if (this.tokens?.idToken === idToken) this.tokens = { ...this.tokens, idTokenExpiresAt: new Date(0) };
  }

  /** What a user should know, a sentence each. */
  warnings(): string[] {
    return this.storeFault
      ? [`${this.storeFault.message}; as long as that lasts, every restart logs in to Emporia anew.`]
      : [];
  }

  private async loadOnce(): Promise<void> {
    if (this.loaded) return;
    const stored = await this.loadStored();
    if (this.loaded) return;
    this.loaded = true;
    this.tokens = stored?.origin === this.origin ? stored : pastedTokens(this.credentials, this.origin);
  }

  /** What cannot be read is worth as much as nothing: the credentials give new tokens. */
  private async loadStored(): Promise<StoredTokens | null> {
    try {
      return readStoredTokens(await this.store.load());
    } catch (error) {
      this.storeFault = toMeterError(error, 'reading the stored tokens');
      return null;
    }
  }

  /**
   * One renewal at a time, whoever asks: two would each void the other's refresh token where tokens rotate.
   * For the same reason it is not cut short by a caller that gives up; the HTTP time-out bounds it.
   */
  private renew(signal: AbortSignal): Promise<StoredTokens> {
    this.renewing ??= this.obtain().finally(() => (this.renewing = null));
    return unlessAborted(this.renewing, signal);
  }

  private async obtain(): Promise<StoredTokens> {
    if (this.refusal && this.clock.monotonicMs() < this.refusal.untilMs) throw this.refusal.error;
    try {
      const issued = await this.refreshOrLogIn(new AbortController().signal);
      this.refusal = null;
      return await this.keep(issued);
    } catch (error) {
      if (isMeterError(error) && error.code === 'authentication') {
        this.refusal = { error, untilMs: this.clock.monotonicMs() + REFUSED_FOR_MS };
      }
      throw error;
    }
  }

  private async refreshOrLogIn(signal: AbortSignal): Promise<IssuedTokens> {
    const password = 'password' in this.credentials ? this.credentials : null;
    if (this.tokens) {
      try {
        return await this.cognito.refresh(this.tokens.refreshToken, signal);
      } catch (error) {
        const refused = isMeterError(error) && !error.retryable;
        if (!refused || !password) throw error;
        this.tokens = null;
      }
    }
    if (!password) throw new MeterError('configuration', 'Emporia needs a password or a refresh token.');
    return this.cognito.logIn(password.username, password.password, signal);
  }

  private async keep(issued: IssuedTokens): Promise<StoredTokens> {
    const refreshToken = issued.refreshToken ?? this.tokens?.refreshToken;
    if (refreshToken === undefined) {
      throw new MeterError('malformed_response', "Emporia's log-in answered without a RefreshToken");
    }
    const tokens: StoredTokens = {
      origin: this.origin,
      idToken: issued.idToken,
      idTokenExpiresAt: new Date(this.clock.now().getTime() + issued.expiresInS * 1000),
      refreshToken,
    };
    try {
      await this.store.save(tokens);
      this.storeFault = null;
    } catch (error) {
      // Tokens in memory alone are better than none: the old refresh token may be void already.
      this.storeFault = toMeterError(error, 'storing the tokens');
    }
    this.tokens = tokens;
    return tokens;
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Names the credentials without telling them: another account or a newly pasted token makes stored tokens void. */
function originOf(credentials: EmporiaCredentials): string {
  const identity =
    'password' in credentials
      ? `user:${credentials.username.trim().toLowerCase()}`
      : `token:${credentials.refreshToken}`;
  return createHash('sha256').update(identity).digest('hex');
}

function pastedTokens(credentials: EmporiaCredentials, origin: string): StoredTokens | null {
  if (!('refreshToken' in credentials)) return null;
  const { idToken = '', refreshToken } = credentials;
  return { origin, idToken, idTokenExpiresAt: expiryOf(idToken), refreshToken };
}

/** The `exp` of a JWT; long past where it cannot be read, so that the refresh token is used instead. */
function expiryOf(jwt: string): Date {
  try {
    const claims: unknown = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
    if (isJsonObject(claims) && typeof claims['exp'] === 'number') return new Date(claims['exp'] * 1000);
  } catch {
    // Not a JWT: treated as expired below.
  }
  return new Date(0);
}
