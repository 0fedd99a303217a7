import { createHmac, randomBytes } from 'node:crypto';
import { jsonResponse, SimulatedResponse, SimulatorClock } from '../shared';

export interface SimulatedAccountOptions {
  readonly email: string;
  readonly password: string;
  /** The code that the account wants at log-in; null where it wants none. */
  readonly mfaCode: string | null;
  readonly accountId: number;
  readonly userId: number;
}

/**
 * What becomes of a refresh token that has been used. `graceful`: it stays good until one of the tokens that it brought
 * is used. `strict`: it is spent at once, so an answer that is lost is a session that is lost.
 */
export type Rotation = 'graceful' | 'strict';

interface Grant {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly deviceId: string;
  readonly expiresAt: Date;
  /** The grant whose renewal brought this one. */
  readonly previous: Grant | null;
  isRefreshSpent: boolean;
  isAccessRevoked: boolean;
}

const REFUSED = 'Please check your email and password and try again.';

/** The log-ins and tokens of one account. */
export class SimulatedAccounts {
  rotation: Rotation = 'graceful';
  tokenLifetimeMs = 24 * 60 * 60_000;
  /** When a log-in with e-mail address and password was tried. */
  readonly loginTimes: Date[] = [];
  renewals = 0;
  private readonly grants: Grant[] = [];
  private readonly mfaTokens = new Set<string>();

  constructor(
    readonly options: SimulatedAccountOptions,
    private readonly clock: SimulatorClock,
    private readonly monitors: () => Record<string, unknown>[],
  ) {}

  authenticate(form: URLSearchParams, deviceId: string): SimulatedResponse {
    this.loginTimes.push(this.clock.now());
    const { email, password, mfaCode } = this.options;
    if (form.get('email') !== email || form.get('password') !== password) {
      return jsonResponse({ status: 'error', error_reason: REFUSED }, 401);
    }
    if (mfaCode === null) return this.loggedIn(deviceId);
    const mfaToken = randomBytes(12).toString('hex');
    this.mfaTokens.add(mfaToken);
    return jsonResponse(
      { status: 'mfa_required', mfa_token: mfaToken, error_reason: 'Multi-factor authentication required' },
      401,
    );
  }

  answerMfa(form: URLSearchParams, deviceId: string): SimulatedResponse {
    const mfaToken = form.get('mfa_token') ?? '';
    if (!this.mfaTokens.has(mfaToken) || form.get('totp') !== this.options.mfaCode) {
      return jsonResponse({ status: 'error', error_reason: 'Invalid code' }, 401);
    }
    this.mfaTokens.delete(mfaToken);
    return this.loggedIn(deviceId);
  }

  renew(form: URLSearchParams, deviceId: string): SimulatedResponse {
    const grant = this.grants.find(({ refreshToken }) => refreshToken === form.get('refresh_token'));
    const isGood = grant && !grant.isRefreshSpent && grant.deviceId === deviceId;
    if (!isGood || form.get('user_id') !== String(this.options.userId)) {
      return jsonResponse({ status: 'error', error_reason: 'Unauthorized' }, 401);
    }
    this.renewals += 1;
    if (this.rotation === 'strict') grant.isRefreshSpent = true;
    this.use(grant);
    const { accountId, userId } = this.options;
    const next = this.grant(deviceId, grant);
    return jsonResponse({
      authorized: true,
      account_id: accountId,
      user_id: userId,
      access_token: next.accessToken,
      roles: 'user',
      refresh_token: next.refreshToken,
      totp_enabled: this.options.mfaCode !== null,
      expires: next.expiresAt.toISOString(),
    });
  }

  /** Whether an access token is good now; using it confirms that it arrived. */
  accepts(accessToken: string): boolean {
    const grant = this.grants.find((candidate) => candidate.accessToken === accessToken);
    if (!grant || grant.isAccessRevoked || grant.expiresAt <= this.clock.now()) return false;
    this.use(grant);
    return true;
  }

  /** Ends every access token; renewals still work. */
  revokeAccessTokens(): void {
    for (const grant of this.grants) grant.isAccessRevoked = true;
  }

  /** Ends every session, as a changed password does: only a log-in helps. */
  revokeSessions(): void {
    this.revokeAccessTokens();
    for (const grant of this.grants) grant.isRefreshSpent = true;
  }

  private loggedIn(deviceId: string): SimulatedResponse {
    const { accountId, userId, mfaCode } = this.options;
    const { accessToken, refreshToken } = this.grant(deviceId, null);
    return jsonResponse({
      authorized: true,
      account_id: accountId,
      user_id: userId,
      access_token: accessToken,
      refresh_token: refreshToken,
      settings: { user_id: userId, settings: { notifications: {} }, version: 4 },
      monitors: this.monitors(),
      date_created: '2022-05-09T21:10:00.000Z',
      totp_enabled: mfaCode !== null,
    });
  }

  private grant(deviceId: string, previous: Grant | null): Grant {
    const expiresAt = new Date(this.clock.now().getTime() + this.tokenLifetimeMs);
    const grant: Grant = {
      accessToken: accessToken(this.options.userId, expiresAt),
      refreshToken: randomBytes(24).toString('base64url'),
      deviceId,
      expiresAt,
      previous,
      isRefreshSpent: false,
      isAccessRevoked: false,
    };
    this.grants.push(grant);
    return grant;
  }

  private use({ previous }: Grant): void {
    if (previous) previous.isRefreshSpent = true;
  }
}

/** Sense's form: a prefix before a JSON web token. */
function accessToken(userId: number, expiresAt: Date): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    userId,
    exp: Math.floor(expiresAt.getTime() / 1000),
    nonce: randomBytes(8).toString('hex'),
  };
  const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `t1.v2.${body}.${createHmac('sha256', 'simulated').update(body).digest('base64url')}`;
}
