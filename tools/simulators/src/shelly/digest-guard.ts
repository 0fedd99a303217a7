import { createHash, randomBytes } from 'node:crypto';
import { SimulatedRequest, SimulatedResponse } from '../shared';

const REALM_USER = 'admin';
/** What a frame's digest names in place of method and address. */
const FRAME_HA2 = sha256('dummy_method:dummy_uri');

export type Verdict = 'welcome' | 'challenge' | 'stale' | 'locked';

/** The access control of a device of the second generation: SHA-256 digest, for requests and for frames. */
export class DigestGuard {
  /** Failed log-ins after which everyone is refused with 429. */
  lockedAfter = Number.POSITIVE_INFINITY;
  failedLogins = 0;
  /** Since firmware 2 nonces are text that may end in `=`; before, a number. */
  numericNonces = false;
  private readonly nonces = new Map<string, number>();
  private readonly dead = new Set<string>();
  private lastNumber = 1_700_000_000;

  constructor(
    private readonly realm: string,
    private readonly password: string | null,
  ) {}

  /** Every nonce given out so far is refused as stale. */
  expireNonces(): void {
    for (const nonce of this.nonces.keys()) this.dead.add(nonce);
    this.nonces.clear();
  }

  judgeRequest({ headers, method, target }: SimulatedRequest & { target: string }): Verdict {
    if (this.password === null) return 'welcome';
    const header = String(headers.authorization ?? '');
    if (!header.startsWith('Digest ')) return 'challenge';
    const fields = Object.fromEntries(
      [...header.slice(7).matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]*))/g)].map((match) => [
        match[1],
        match[2] ?? match[3],
      ]),
    );
    const isTarget = fields['uri'] === target && fields['username'] === REALM_USER;
    return this.judge(
      {
        nonce: fields['nonce'] ?? '',
        nc: fields['nc'] ?? '',
        count: parseInt(fields['nc'] ?? '', 16),
        cnonce: fields['cnonce'] ?? '',
        response: isTarget ? (fields['response'] ?? '') : '',
      },
      sha256(`${method}:${target}`),
    );
  }

  judgeFrame(auth: unknown): Verdict {
    if (this.password === null) return 'welcome';
    if (typeof auth !== 'object' || auth === null) return 'challenge';
    const { nonce, nc, cnonce, response } = auth as Record<string, unknown>;
    const isRightType = typeof nonce === (this.numericNonces ? 'number' : 'string');
    return this.judge(
      {
        nonce: isRightType ? String(nonce) : '',
        nc: String(nc),
        count: Number(nc),
        cnonce: String(cnonce),
        response: String(response),
      },
      FRAME_HA2,
    );
  }

  refuseRequest(verdict: Exclude<Verdict, 'welcome'>): SimulatedResponse {
    if (verdict === 'locked') return { status: 429, body: 'Too many failed authentication attempts' };
    const stale = verdict === 'stale' ? ', stale=true' : '';
    const challenge = `Digest qop="auth", realm="${this.realm}", nonce="${this.newNonce()}", algorithm=SHA-256${stale}`;
    return { status: 401, headers: { 'www-authenticate': challenge }, body: '' };
  }

  refuseFrame(verdict: Exclude<Verdict, 'welcome'>): { code: number; message: string } {
    if (verdict === 'locked') return { code: 429, message: 'Too many failed authentication attempts' };
    const nonce = this.newNonce();
    const message = {
      auth_type: 'digest',
      nonce: this.numericNonces ? Number(nonce) : nonce,
      nc: 1,
      realm: this.realm,
      algorithm: 'SHA-256',
    };
    return { code: 401, message: JSON.stringify(message) };
  }

  private newNonce(): string {
    const nonce = this.numericNonces ? String(++this.lastNumber) : `${randomBytes(16).toString('base64')}`;
    this.nonces.set(nonce, 0);
    return nonce;
  }

  private judge(
    given: { nonce: string; nc: string; count: number; cnonce: string; response: string },
    ha2: string,
  ): Verdict {
    if (this.failedLogins >= this.lockedAfter) return 'locked';
    if (this.dead.has(given.nonce)) return 'stale';
    const lastCount = this.nonces.get(given.nonce);
    const isNext = lastCount !== undefined && (lastCount === 0 ? given.count === 1 : given.count > lastCount);
    if (!isNext) return 'stale';
    const ha1 = sha256(`${REALM_USER}:${this.realm}:${String(this.password)}`);
    const expected = sha256(`${ha1}:${given.nonce}:${given.nc}:${given.cnonce}:auth:${ha2}`);
    if (given.response !== expected) {
      this.failedLogins += 1;
      return 'challenge';
    }
    this.nonces.set(given.nonce, given.count);
    return 'welcome';
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
