import { createHash, randomBytes } from 'node:crypto';
import { MeterError } from '@smart-meter/meter-adapter';

/** Digest access authentication of RFC 7616 with SHA-256 and `qop=auth`: the only kind that Shelly speaks. */

export interface DigestChallenge {
  realm: string;
  /** As it came: a number must go back as a number where it is sent in JSON. */
  nonce: string | number;
  /** The password was right, the nonce too old. */
  isStale: boolean;
}

export interface DigestInput {
  username: string;
  password: string;
  realm: string;
  nonce: string;
  /** As it is sent: eight hexadecimal digits in a header, a plain number in a frame. */
  nonceCount: string;
  cnonce: string;
  /** Hash of what is asked for. */
  ha2: string;
}

/** In a frame there is neither method nor address: these words stand for them. */
export const FRAME_HA2 = sha256('dummy_method:dummy_uri');

/**
 * Reads a `WWW-Authenticate` header.
 * Throws `MeterError` `malformed_response` where a field is missing, `unsupported` for any other kind of challenge.
 */
export function parseDigestChallenge(header: string): DigestChallenge {
  const scheme = /^\s*(\S+)\s+/.exec(header);
  if (scheme?.[1]?.toLowerCase() !== 'digest') {
    throw new MeterError('unsupported', 'the Shelly asks for another kind of log-in than Digest');
  }
  const fields = new Map<string, string>();
  // A nonce may end in "=": only the first one of a field separates.
  for (const [, name = '', quoted, plain] of header
    .slice(scheme[0].length)
    .matchAll(/([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi)) {
    fields.set(name.toLowerCase(), quoted ?? plain ?? '');
  }
  const [realm, nonce, algorithm] = [fields.get('realm'), fields.get('nonce'), fields.get('algorithm')];
  if (realm === undefined || nonce === undefined) {
    throw new MeterError('malformed_response', 'WWW-Authenticate: expected a realm and a nonce');
  }
  expectSha256(algorithm);
  return { realm, nonce, isStale: fields.get('stale')?.toLowerCase() === 'true' };
}

/** Throws `MeterError` `unsupported` for another algorithm than SHA-256. */
export function expectSha256(algorithm: unknown): void {
  if (typeof algorithm !== 'string' || algorithm.toUpperCase() !== 'SHA-256') {
    throw new MeterError('unsupported', 'the Shelly asks for a log-in with another algorithm than SHA-256');
  }
}

export function requestHa2(method: string, uri: string): string {
  return sha256(`${method}:${uri}`);
}

export function digestResponse(input: DigestInput): string {
  const { username, password, realm, nonce, nonceCount, cnonce, ha2 } = input;
  const ha1 = sha256(`${username}:${realm}:${password}`);
  return sha256(`${ha1}:${nonce}:${nonceCount}:${cnonce}:auth:${ha2}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const USERNAME = 'admin';

/** One challenge and how often it was answered: every answer counts on, every new challenge starts at 1. */
export class DigestSession {
  private challenge: DigestChallenge | undefined;
  private uses = 0;

  constructor(private readonly password: string) {}

  get hasChallenge(): boolean {
    return this.challenge !== undefined;
  }

  take(challenge: DigestChallenge): void {
    this.challenge = challenge;
    this.uses = 0;
  }

  /** A nonce that was refused must not be sent again. */
  drop(): void {
    this.challenge = undefined;
  }

  /** The `Authorization` header of a request; undefined before the first challenge. */
  header(method: string, uri: string): string | undefined {
    const answer = this.answer(requestHa2(method, uri), (uses) => uses.toString(16).padStart(8, '0'));
    if (!answer) return undefined;
    const { realm, nonce, nonceCount, cnonce, response } = answer;
    return (
      `Digest username="${USERNAME}", realm="${realm}", nonce="${nonce}", uri="${uri}", algorithm=SHA-256, ` +
      `qop=auth, nc=${nonceCount}, cnonce="${cnonce}", response="${response}"`
    );
  }

  /** The `auth` of a frame; undefined before the first challenge. */
  frameAuth(): Readonly<Record<string, unknown>> | undefined {
    const answer = this.answer(FRAME_HA2, String);
    if (!answer) return undefined;
    const { realm, nonce, nonceCount, cnonce, response } = answer;
    const nc = Number(nonceCount);
    return { realm, username: USERNAME, nonce, nc, cnonce, response, algorithm: 'SHA-256' };
  }

  private answer(ha2: string, formatCount: (uses: number) => string) {
    if (!this.challenge) return undefined;
    this.uses += 1;
    const { realm, nonce } = this.challenge;
    const nonceCount = formatCount(this.uses);
    const cnonce = randomBytes(16).toString('hex');
    const { password } = this;
    const response = digestResponse({
      username: USERNAME,
      password,
      realm,
      nonce: String(nonce),
      nonceCount,
      cnonce,
      ha2,
    });
    return { realm, nonce, nonceCount, cnonce, response };
  }
}
