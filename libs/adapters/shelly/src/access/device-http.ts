import { Clock, isJsonObject, MeterError, numberOrNull } from '@smart-meter/meter-adapter';
import { HttpClient, HttpResponse } from '@smart-meter/meter-http';
import { Dispatcher } from 'undici';
import { DigestSession, parseDigestChallenge } from './digest';

export interface DeviceHttpOptions {
  /** Address, with a port where it is not 80. */
  host: string;
  password?: string;
  /** Of devices of the first generation; later ones know `admin` alone. */
  username: string;
  clock: Clock;
  dispatcher: Dispatcher;
  onRequest(operation: string): void;
}

const TIMEOUT_MS = 10_000;
/** A day of records of a three-phase meter is a third of that. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** Devices lock everyone out after some failed log-ins within ten minutes. */
const LOGIN_PAUSE_MS = 10 * 60_000;
/** A device that is out of nonces refuses for two seconds. */
const BUSY_PAUSE_MS = 10_000;

/** HTTP with one device: one request at a time, with the log-in that the device asks for. */
export class DeviceHttp {
  private readonly http: HttpClient;
  private readonly digest: DigestSession | undefined;
  private basic: string | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private refused: { error: MeterError; untilMs: number } | undefined;

  constructor(private readonly options: DeviceHttpOptions) {
    const { host, clock, dispatcher, password } = options;
    this.http = new HttpClient({
      peer: `The Shelly ${host}`,
      clock,
      dispatcher,
      timeoutMs: TIMEOUT_MS,
      maxBodyBytes: MAX_BODY_BYTES,
    });
    this.digest = password === undefined ? undefined : new DigestSession(password);
  }

  /** Whether the log-in was refused a short while ago; then `MeterError` `authentication` is thrown. */
  checkRefused(): void {
    if (this.refused && this.options.clock.monotonicMs() < this.refused.untilMs) throw this.refused.error;
  }

  /** Takes note of a refused log-in: none is tried for ten minutes. */
  refuse(): MeterError {
    const { host, password, clock } = this.options;
    const error = new MeterError(
      'authentication',
      password === undefined
        ? `The Shelly ${host} asks for a password: set SHELLY_PASSWORD`
        : `The Shelly ${host} refused the password: check SHELLY_PASSWORD`,
    );
    if (password !== undefined) this.refused = { error, untilMs: clock.monotonicMs() + LOGIN_PAUSE_MS };
    return error;
  }

  /**
   * A GET that must end in JSON.
   * Throws `MeterError` as `HttpClient` does; `unsupported` for an error that the device's protocol names.
   */
  get(target: string, operation: string, signal: AbortSignal): Promise<{ value: unknown; receivedAt: Date }> {
    const answered = this.last.then(() => this.getNow(target, operation, signal));
    // The next request waits for the end of this one, however it ends.
    this.last = answered.catch(() => undefined);
    return answered;
  }

  private async getNow(target: string, operation: string, signal: AbortSignal) {
    this.checkRefused();
    let response = await this.send(target, operation, signal);
    if (response.status === 401) {
      this.prepareLogin(response);
      response = await this.send(target, operation, signal);
      // A nonce can die between two requests; a second one that is refused at once is no matter of age.
      if (response.status === 401 && this.isStale(response)) {
        this.prepareLogin(response);
        response = await this.send(target, operation, signal);
      }
      if (response.status === 401) {
        this.digest?.drop();
        throw this.isStale(response) ? rateLimited(this.options.host) : this.refuse();
      }
    }
    this.expectSuccess(response);
    return { value: this.http.parseJson(response), receivedAt: response.receivedAt };
  }

  private send(target: string, operation: string, signal: AbortSignal): Promise<HttpResponse> {
    const authorization = this.basic ?? this.digest?.header('GET', target);
    this.options.onRequest(operation);
    return this.http.exchange({
      url: `http://${this.options.host}${target}`,
      headers: authorization === undefined ? {} : { authorization },
      signal,
    });
  }

  private prepareLogin(response: HttpResponse): void {
    const { password, username } = this.options;
    const header = response.headers['www-authenticate'] ?? '';
    if (password === undefined || this.basic !== undefined) throw this.refuse();
    if (/^\s*basic\b/i.test(header)) {
      this.basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
      return;
    }
    this.digest?.take(parseDigestChallenge(header));
  }

  private isStale(response: HttpResponse): boolean {
    const header = response.headers['www-authenticate'] ?? '';
    return /^\s*digest\b/i.test(header) && parseDigestChallenge(header).isStale;
  }

  private expectSuccess(response: HttpResponse): void {
    const { host } = this.options;
    if (response.status === 429) {
      // A dead nonce that is sent again keeps the block alive.
      this.digest?.drop();
      throw rateLimited(host);
    }
    if (response.status === 500) {
      const code = rpcErrorCode(response);
      if (code !== undefined) throw rpcFault(host, code);
    }
    this.http.expectSuccess(response);
  }
}

function rateLimited(host: string): MeterError {
  return new MeterError('rate_limited', `The Shelly ${host} asks for fewer requests or log-ins`, {
    retryAfterMs: BUSY_PAUSE_MS,
  });
}

function rpcErrorCode(response: HttpResponse): number | undefined {
  try {
    const body: unknown = JSON.parse(response.body.toString('utf8'));
    return isJsonObject(body) ? (numberOrNull(body['code']) ?? undefined) : undefined;
  } catch {
    // Not the device's own error: its status says enough.
    return undefined;
  }
}

/** What an error of the device's protocol stands for. */
export function rpcFault(host: string, code: number): MeterError {
  switch (code) {
    case 429:
    case -108:
      return rateLimited(host);
    case 404:
    case -103:
    case -105:
      return new MeterError('unsupported', `The Shelly ${host} does not know what was asked (error ${code})`);
    default:
      return new MeterError('unavailable', `The Shelly ${host} failed (error ${code})`);
  }
}
