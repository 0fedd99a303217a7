import { Clock, MeterError, parseRetryAfterMs } from '@smart-meter/meter-adapter';
import { Dispatcher, request } from 'undici';
import { readBounded } from './bounded-body';
import { describeNetworkFault } from './network-fault';

export interface HttpClientOptions {
  /** Who is asked, for messages: `Home Assistant`. */
  peer: string;
  clock: Clock;
  /** undici agent; the caller closes it. Default: undici's global one. */
  dispatcher?: Dispatcher;
  /** One bound on the whole exchange, ms. */
  timeoutMs?: number;
  /** The largest body that is read, bytes. */
  maxBodyBytes?: number;
  /** Told of every request as it is sent, for counting. */
  onRequest?(method: string, url: URL): void;
}

export interface HttpRequest {
  url: string | URL;
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  headers?: Readonly<Record<string, string>>;
  /** Sent as it is; set `content-type` yourself, or use `jsonBody`. */
  body?: string;
  jsonBody?: unknown;
  signal: AbortSignal;
  /** Overrides the client's bound, ms. */
  timeoutMs?: number;
}

export interface HttpResponse {
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
  /** When the answer had been read whole. */
  receivedAt: Date;
}

const DEFAULT_TIMEOUT_MS = 15_000;
const DEFAULT_MAX_BODY_BYTES = 32 * 1024 * 1024;

/**
 * HTTP as every adapter needs it: bounded in time and size, cancellable, with typed errors.
 * Errors: `unavailable` (network, time-out, 5xx), `rate_limited` (429), `authentication` (401, 403),
 * `malformed_response` (too large, truncated, not JSON), `unsupported` (other 4xx). The caller's own abort is
 * rethrown as it is.
 */
export class HttpClient {
  constructor(private readonly options: HttpClientOptions) {}

  /** One exchange; any status is an answer. */
  async exchange(httpRequest: HttpRequest): Promise<HttpResponse> {
    const { peer, clock, dispatcher, onRequest } = this.options;
    const url = this.parseUrl(httpRequest.url);
    const method = httpRequest.method ?? 'GET';
    const timeoutMs = httpRequest.timeoutMs ?? this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const timeout = AbortSignal.timeout(timeoutMs);
    httpRequest.signal.throwIfAborted();
    onRequest?.(method, url);
    try {
      const response = await request(url, {
        method,
        headers: {
          ...(httpRequest.jsonBody === undefined ? {} : { 'content-type': 'application/json' }),
          ...httpRequest.headers,
        },
        body:
          httpRequest.jsonBody === undefined
            ? (httpRequest.body ?? null)
            : JSON.stringify(httpRequest.jsonBody),
        signal: AbortSignal.any([httpRequest.signal, timeout]),
        ...(dispatcher ? { dispatcher } : {}),
      });
      const body = await readBounded(response, this.options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES, peer);
      return {
        status: response.statusCode,
        headers: singleValued(response.headers),
        body,
        receivedAt: clock.now(),
      };
    } catch (error) {
      if (httpRequest.signal.aborted) throw httpRequest.signal.reason;
      if (timeout.aborted) {
        throw new MeterError(
          'unavailable',
          `${peer} did not answer within ${timeoutMs / 1000} s (${url.host})`,
          {
            cause: error,
          },
        );
      }
      throw describeNetworkFault(error, peer, url);
    }
  }

  /** One exchange that must end in a 2xx with a JSON body. */
  async json(httpRequest: HttpRequest): Promise<{ value: unknown; response: HttpResponse }> {
    const response = await this.exchange(httpRequest);
    this.expectSuccess(response);
    return { value: this.parseJson(response), response };
  }

  /** Throws the typed error that a status other than 2xx stands for. */
  expectSuccess(response: HttpResponse): void {
    const { status } = response;
    if (status >= 200 && status < 300) return;
    const { peer, clock } = this.options;
    const retryAfterMs = parseRetryAfterMs(response.headers['retry-after'], clock.now());
    const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
    if (status === 401 || status === 403) {
      throw new MeterError('authentication', `${peer} refused the credentials (HTTP ${status})`);
    }
    if (status === 429)
      throw new MeterError('rate_limited', `${peer} asks for fewer requests (HTTP 429)`, retry);
    if (status >= 500) throw new MeterError('unavailable', `${peer} failed (HTTP ${status})`, retry);
    if (status >= 300 && status < 400) {
      throw new MeterError(
        'configuration',
        `${peer} redirects elsewhere (HTTP ${status}): set the final URL`,
      );
    }
    throw new MeterError('unsupported', `${peer} refused the request (HTTP ${status})`);
  }

  parseJson(response: HttpResponse): unknown {
    const { peer } = this.options;
    try {
      return JSON.parse(response.body.toString('utf8'));
    } catch {
      // The parser quotes what it read, which may be a token: its error is not passed on.
      const contentType = response.headers['content-type'] ?? 'no content type';
      throw new MeterError(
        'malformed_response',
        `${peer} answered with something that is not JSON (${contentType}, ${response.body.length} bytes)`,
      );
    }
  }

  private parseUrl(url: string | URL): URL {
    const parsed = typeof url === 'string' ? URL.parse(url) : url;
    if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return parsed;
    throw new MeterError(
      'configuration',
      `the URL of ${this.options.peer} must start with http:// or https://`,
    );
  }
}

function singleValued(
  headers: Record<string, string | string[] | undefined>,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}
