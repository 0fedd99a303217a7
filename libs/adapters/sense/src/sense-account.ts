import { Clock, DocumentStore, MeterError, systemClock } from '@smart-meter/meter-adapter';
import { HttpClient } from '@smart-meter/meter-http';
import { Dispatcher } from 'undici';
import { AskCode, logIn, SenseCredentials } from './session/login';
import { SenseMonitor } from './monitor';
import { RequestGate } from './session/request-gate';
import { Access, DataAnswer, SenseApi } from './session/sense-api';
import { SenseSession } from './session/sense-session';
import { SessionStore } from './session/session-store';

export interface SenseAccountOptions {
  /** Where the session is kept. Holds secrets. */
  tokenStore: DocumentStore;
  /** Lets the account log in by itself where it asks for no code. */
  credentials?: SenseCredentials;
  clock?: Clock;
  random?: () => number;
  /** undici agent for REST; the caller closes it. */
  dispatcher?: Dispatcher;
  /** Default: Sense's own. Ends with a slash. */
  apiUrl?: string;
  /** Default: Sense's own, `wss://...`, without a path. */
  realtimeUrl?: string;
  /** Told of every request, by a short name: `realtime_update`, `usage`, `renew`, ... */
  onRequest?(operation: string): void;
}

const API_URL = 'https://api.sense.com/apiservice/api/v1/';
const REALTIME_URL = 'wss://clientrt.sense.com';
const REQUEST_TIMEOUT_MS = 10_000;

/** One account at Sense: its session and its requests, shared by the meters of all of its monitors. */
export class SenseAccount {
  readonly clock: Clock;
  readonly gate: RequestGate;
  readonly realtimeUrl: string;
  private readonly api: SenseApi;
  private readonly session: SenseSession;

  constructor(private readonly options: SenseAccountOptions) {
    this.clock = options.clock ?? systemClock;
    this.gate = new RequestGate(this.clock, options.random ?? Math.random);
    this.realtimeUrl = checkedUrl(options.realtimeUrl ?? REALTIME_URL, ['ws:', 'wss:'], 'live feed');
    this.api = createApi(options, this.clock, this.gate);
    const { tokenStore, credentials } = options;
    this.session = new SenseSession({
      api: this.api,
      store: new SessionStore(tokenStore),
      clock: this.clock,
      ...(credentials ? { credentials } : {}),
    });
  }

  /** What the user should do before the session ends, or null. */
  get warning(): string | null {
    return this.session.warning;
  }

  /** The monitors as of the last log-in. Logs in where there is no session yet. Throws `MeterError`. */
  async monitors(signal: AbortSignal): Promise<readonly SenseMonitor[]> {
    return (await this.session.current(signal)).monitors;
  }

  /** A data request, with a renewed token where the first is refused. Throws `MeterError`. */
  get(path: string, signal: AbortSignal): Promise<DataAnswer> {
    return this.session.withAccess((access) => this.api.get(path, access, signal), signal);
  }

  /** The same for what is not a REST request; `use` throws `TokenRefusedError` where the token is refused. */
  withAccess<T>(use: (access: Access) => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.session.withAccess(use, signal);
  }

  /** Counts what is not a REST request. */
  countRequest(operation: string): void {
    this.options.onRequest?.(operation);
  }

  /** Waits for a renewal that is under way: its answer holds the only token that works from now on. */
  async close(): Promise<void> {
    await this.session.settled();
  }
}

/**
 * Logs in with a user at hand, who is asked for a code where the account wants one, and stores the session.
 * @returns the account's monitors
 * Throws `MeterError`: `authentication` (refused), `rate_limited` (the last log-in is less than 15 minutes ago).
 */
export async function loginWithMfa(
  options: SenseAccountOptions & { credentials: SenseCredentials },
  askCode: AskCode,
  signal: AbortSignal,
): Promise<readonly SenseMonitor[]> {
  const clock = options.clock ?? systemClock;
  const api = createApi(options, clock, new RequestGate(clock, options.random ?? Math.random));
  const context = { api, store: new SessionStore(options.tokenStore), clock };
  return (await logIn(context, options.credentials, askCode, signal)).monitors;
}

function createApi(options: SenseAccountOptions, clock: Clock, gate: RequestGate): SenseApi {
  const http = new HttpClient({
    peer: 'Sense',
    clock,
    timeoutMs: REQUEST_TIMEOUT_MS,
    onRequest: (_method, url) => options.onRequest?.(url.pathname.split('/').at(-1) ?? ''),
    ...(options.dispatcher ? { dispatcher: options.dispatcher } : {}),
  });
  const baseUrl = checkedUrl(options.apiUrl ?? API_URL, ['http:', 'https:'], 'REST interface');
  return new SenseApi(http, gate, `${baseUrl}/`);
}

/** Without a slash at its end. */
function checkedUrl(url: string, protocols: readonly string[], what: string): string {
  if (protocols.includes(URL.parse(url)?.protocol ?? '')) return url.replace(/\/+$/, '');
  throw new MeterError(
    'configuration',
    `the URL of Sense's ${what} must start with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  );
}
