import { randomBytes } from 'node:crypto';
import { Clock, isJsonObject, MeterError } from '@smart-meter/meter-adapter';
import { HttpResponse } from '@smart-meter/meter-http';
import { SenseApi } from './sense-api';
import { parseLogin, StoredSession } from './stored-session';
import { SessionStore } from './session-store';

export interface SenseCredentials {
  email: string;
  password: string;
}

/**
 * Asks the user for the code of the authenticator app.
 * @param reason `required` the first time; `refused` when the last code was wrong or too old
 */
export type AskCode = (reason: 'required' | 'refused', signal: AbortSignal) => Promise<string>;

export interface LoginContext {
  api: SenseApi;
  store: SessionStore;
  clock: Clock;
}

/** Sense locks out those who log in more often. */
export const LOGIN_INTERVAL_MS = 15 * 60_000;
const CODE_TRIES = 3;

/**
 * One log-in with e-mail address and password, and the code where the account asks for one. The new session is
 * on disk when this resolves. At most one log-in per 15 minutes is begun, over restarts too: the time is written
 * before the request goes out.
 * Throws `MeterError`: `rate_limited` (too soon), `authentication` (refused, or a code is needed and nobody to ask).
 */
export async function logIn(
  { api, store, clock }: LoginContext,
  credentials: SenseCredentials,
  askCode: AskCode | undefined,
  signal: AbortSignal,
): Promise<StoredSession> {
  const started = await beginLogin({ api, store, clock }, credentials.email);
  const response = await api.postForm(
    'authenticate',
    { email: credentials.email, password: credentials.password },
    started.deviceId,
    signal,
  );
  const accepted =
    mfaToken(response) === null
      ? response
      : await answerCodes(api, clock, mfaToken(response) ?? '', started, askCode, signal);
  if (accepted.status !== 200) throw credentialsRefused(accepted.status);
  const session = parseLogin(api.parseJson(accepted), clock.now(), started);
  await store.save(session);
  return session;
}

export function isSameAddress(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}

/** Writes down that a log-in begins, or throws because the last one is too near. */
async function beginLogin({ store, clock }: LoginContext, email: string): Promise<StoredSession> {
  const now = clock.now();
  const stored = await store.load();
  const elapsedMs = stored?.lastLoginAt ? now.getTime() - stored.lastLoginAt.getTime() : Infinity;
  if (stored && elapsedMs < 0) {
    // The wall clock was set back: only a wait from now on is sure to be long enough, and sure to end.
    await store.save({ ...stored, lastLoginAt: now });
  }
  const waitMs = LOGIN_INTERVAL_MS - Math.max(0, elapsedMs);
  if (waitMs > 0) {
    throw new MeterError(
      'rate_limited',
      `the last log-in to Sense was less than 15 minutes ago: the next one is possible in ${Math.ceil(waitMs / 60_000)} min`,
      { retryAfterMs: waitMs },
    );
  }
  const sameAccount = stored !== null && isSameAddress(stored.email, email);
  const started: StoredSession = {
    deviceId: stored?.deviceId ?? randomBytes(16).toString('hex'),
    email,
    lastLoginAt: now,
    tokens: sameAccount ? stored.tokens : null,
    monitors: sameAccount ? stored.monitors : [],
  };
  await store.save(started);
  return started;
}

async function answerCodes(
  api: SenseApi,
  clock: Clock,
  token: string,
  { deviceId }: StoredSession,
  askCode: AskCode | undefined,
  signal: AbortSignal,
): Promise<HttpResponse> {
  if (!askCode) {
    throw new MeterError(
      'authentication',
      'this Sense account asks for a code at log-in: log in once by hand with `smart-meter login sense`',
    );
  }
  for (let tried = 0; tried < CODE_TRIES; tried += 1) {
    const code = (await askCode(tried === 0 ? 'required' : 'refused', signal)).replaceAll(/\s/g, '');
    signal.throwIfAborted();
    const clientTime = clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
    const response = await api.postForm(
      'authenticate/mfa',
      { totp: code, mfa_token: token, client_time: clientTime },
      deviceId,
      signal,
    );
    if (response.status === 200) return response;
  }
  throw new MeterError(
    'authentication',
    `Sense refused ${CODE_TRIES} codes: check that the clock of the authenticator's device is right, then log in again`,
  );
}

/** The token that a code must come with; only its presence tells a wanted code from a wrong password. */
function mfaToken(response: HttpResponse): string | null {
  if (response.status !== 401) return null;
  try {
    const answer: unknown = JSON.parse(response.body.toString('utf8'));
    return isJsonObject(answer) && typeof answer['mfa_token'] === 'string' ? answer['mfa_token'] : null;
  } catch {
    // A 401 without JSON asks for no code: it is a plain refusal.
    return null;
  }
}

function credentialsRefused(status: number): MeterError {
  return status === 400 || status === 401 || status === 403
    ? new MeterError(
        'authentication',
        'Sense does not accept this e-mail address and password: try them in the Sense app, then correct the settings',
      )
    : new MeterError('unavailable', `Sense did not answer the log-in as it should (HTTP ${status})`);
}
