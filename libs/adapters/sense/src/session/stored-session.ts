import {
  expectArray,
  expectObject,
  expectString,
  instantOrNull,
  isJsonObject,
  MeterError,
} from '@smart-meter/meter-adapter';
import { SenseMonitor, parseMonitors } from '../monitor';

/** What one Sense account needs to be read without a new log-in. Holds secrets. */
export interface StoredSession {
  /** 32 hexadecimal digits, drawn once: Sense ties tokens to it. */
  deviceId: string;
  /** The account's e-mail address; tokens of another address are not used. */
  email: string;
  /** The last time that a log-in was begun, whatever became of it. */
  lastLoginAt: Date | null;
  /** null until a log-in has succeeded. */
  tokens: SenseTokens | null;
  /** As the last log-in listed them: renewals do not. */
  monitors: readonly SenseMonitor[];
}

export interface SenseTokens {
  userId: string;
  accessToken: string;
  /** Good for one renewal: every renewal brings another. */
  refreshToken: string;
  issuedAt: Date;
  expiresAt: Date;
}

const FORMAT_VERSION = 1;

/** As plain JSON, since a store may keep the value as it is. */
export function encodeSession(session: StoredSession): unknown {
  return JSON.parse(JSON.stringify({ version: FORMAT_VERSION, ...session }));
}

/** Throws `MeterError` `malformed_response` that names the field at fault. */
export function decodeSession(document: unknown): StoredSession {
  const stored = expectObject(document, 'session');
  if (stored['version'] !== FORMAT_VERSION) {
    throw new MeterError('malformed_response', `session.version: expected ${FORMAT_VERSION}`);
  }
  return {
    deviceId: expectString(stored['deviceId'], 'session.deviceId'),
    email: expectString(stored['email'], 'session.email'),
    lastLoginAt: instantOrNull(stored['lastLoginAt']),
    tokens: isJsonObject(stored['tokens']) ? decodeTokens(stored['tokens']) : null,
    monitors: expectArray(stored['monitors'], 'session.monitors').map((value, index) => {
      const monitor = expectObject(value, `session.monitors[${index}]`);
      return {
        id: expectString(monitor['id'], `session.monitors[${index}].id`),
        name: expectString(monitor['name'], `session.monitors[${index}].name`),
        timeZone: typeof monitor['timeZone'] === 'string' ? monitor['timeZone'] : null,
        solarConfigured: monitor['solarConfigured'] === true,
        createdAt: instantOrNull(monitor['createdAt']),
      };
    }),
  };
}

function decodeTokens(tokens: Readonly<Record<string, unknown>>): SenseTokens {
  const instant = (field: string): Date => {
    const at = instantOrNull(tokens[field]);
    if (at) return at;
    throw new MeterError('malformed_response', `session.tokens.${field}: expected an instant`);
  };
  return {
    userId: expectString(tokens['userId'], 'session.tokens.userId'),
    accessToken: expectString(tokens['accessToken'], 'session.tokens.accessToken'),
    refreshToken: expectString(tokens['refreshToken'], 'session.tokens.refreshToken'),
    issuedAt: instant('issuedAt'),
    expiresAt: instant('expiresAt'),
  };
}

/** Sense's access tokens live about a day; only renewals say so themselves. */
const USUAL_LIFETIME_MS = 24 * 60 * 60_000;

/**
 * The tokens of a log-in or renewal.
 * @param previous what to keep where the answer has no new value
 */
export function parseTokens(answer: unknown, now: Date, previous?: SenseTokens): SenseTokens {
  const fields = expectObject(answer, 'answer');
  const accessToken = expectString(fields['access_token'], 'access_token');
  const userId = fields['user_id'] ?? previous?.userId;
  return {
    userId: typeof userId === 'number' ? String(userId) : expectString(userId, 'user_id'),
    accessToken,
    refreshToken: expectString(fields['refresh_token'] ?? previous?.refreshToken, 'refresh_token'),
    issuedAt: now,
    expiresAt: notBefore(now, instantOrNull(fields['expires']) ?? expiryInToken(accessToken)),
  };
}

/** A log-in's answer as the session to keep. */
export function parseLogin(answer: unknown, now: Date, started: StoredSession): StoredSession {
  const tokens = parseTokens(answer, now);
  return { ...started, tokens, monitors: parseMonitors(expectObject(answer, 'answer')['monitors']) };
}

/** A new token that seems to have ended already shows that the clock here is wrong: its usual life is assumed. */
function notBefore(now: Date, expiresAt: Date | null): Date {
  return expiresAt && expiresAt > now ? expiresAt : new Date(now.getTime() + USUAL_LIFETIME_MS);
}

/** The `exp` claim of the JWT within a token of the form `t1.v2.<header>.<claims>.<signature>`. */
function expiryInToken(accessToken: string): Date | null {
  for (const part of accessToken.split('.')) {
    try {
      const claims: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
      if (isJsonObject(claims) && typeof claims['exp'] === 'number') return new Date(claims['exp'] * 1000);
    } catch {
      // Not every part of a token is JSON, and a token may have no claims at all.
    }
  }
  return null;
}
