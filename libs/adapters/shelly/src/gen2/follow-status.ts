import { randomBytes } from 'node:crypto';
import {
  Clock,
  expectObject,
  isJsonObject,
  JsonObject,
  MeterError,
  numberOrNull,
  toMeterError,
} from '@smart-meter/meter-adapter';
import { RawData, WebSocket } from 'ws';
import { DeviceHttp, rpcFault } from '../access/device-http';
import { DigestSession, expectSha256 } from '../access/digest';
import { mergeStatus } from './status';

export interface FollowStatusOptions {
  host: string;
  password?: string;
  /** Remembers refused log-ins for both ways to the device. */
  http: DeviceHttp;
  clock: Clock;
  onRequest(operation: string): void;
  /**
   * Told of the whole status at first and after every change.
   * @param measuredAt the device's own time; null where it does not say
   */
  onStatus(status: JsonObject, measuredAt: Date | null): void;
  signal: AbortSignal;
}

const CONNECT_TIMEOUT_MS = 10_000;
const PING_INTERVAL_MS = 30_000;
/** Two pings without any sign of life. */
const LONGEST_SILENCE_MS = 75_000;
/** Devices lock everyone out after some failed log-ins. */
const LOGIN_PAUSE_MS = 60_000;
const MAX_FRAME_BYTES = 1024 * 1024;
/** Before a device has heard of a time server it counts from 1970. */
const FIRST_PLAUSIBLE_S = 1e9;
/** Settings of these change what the values mean. */
const MEASURING = /^(em|em1|pm1|switch|cover|light|sys)(:|$)/;

/**
 * Follows a device over one WebSocket until the signal aborts, and rejects then with its reason.
 * Throws `MeterError`: `unavailable` (cut, silent, settings changed), `authentication`, `rate_limited`,
 * `malformed_response`.
 */
export async function followStatus(options: FollowStatusOptions): Promise<never> {
  const { host, http, clock, signal } = options;
  signal.throwIfAborted();
  http.checkRefused();
  const stop = new AbortController();
  const socket = new WebSocket(`ws://${host}/rpc`, {
    handshakeTimeout: CONNECT_TIMEOUT_MS,
    maxPayload: MAX_FRAME_BYTES,
  });
  try {
    return await new Promise<never>((_, reject) => {
      const conversation = new StatusConversation(options, (frame) => socket.send(JSON.stringify(frame)));
      let lastHeardMs = clock.monotonicMs();
      const heard = () => {
        lastHeardMs = clock.monotonicMs();
      };
      signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: stop.signal });
      socket.on('open', () => conversation.begin());
      socket.on('pong', heard);
      socket.on('message', (data) => {
        heard();
        try {
          conversation.receive(parseFrame(data, host));
        } catch (error) {
          reject(error);
        }
      });
      socket.on('unexpected-response', (_request, response) => {
        response.resume();
        reject(handshakeFault(host, response.statusCode ?? 0));
      });
      socket.on('error', (error) => reject(toMeterError(error, `following the Shelly ${host}`)));
      socket.on('close', () => reject(unavailable(host, 'ended the connection')));
      const watch = async () => {
        await clock.sleep(CONNECT_TIMEOUT_MS, stop.signal);
        if (!conversation.hasStatus) throw unavailable(host, 'did not tell its status within 10 s');
        for (;;) {
          await clock.sleep(PING_INTERVAL_MS, stop.signal);
          if (clock.monotonicMs() - lastHeardMs > LONGEST_SILENCE_MS) {
            throw unavailable(host, 'does not answer any more: the connection is dead');
          }
          socket.ping();
        }
      };
      watch().catch(reject);
    });
  } finally {
    stop.abort();
    // Closing politely waits for the other side, which may be gone; what comes after the end concerns nobody.
    socket.on('error', () => undefined);
    socket.terminate();
  }
}

/** What is said on one connection: one question with its log-in, then what the device tells by itself. */
class StatusConversation {
  private readonly source = `smart-meter-${randomBytes(4).toString('hex')}`;
  private readonly digest: DigestSession | undefined;
  private status: JsonObject | undefined;
  private lastId = 0;

  constructor(
    private readonly options: FollowStatusOptions,
    private readonly send: (frame: JsonObject) => void,
  ) {
    this.digest = options.password === undefined ? undefined : new DigestSession(options.password);
  }

  get hasStatus(): boolean {
    return this.status !== undefined;
  }

  /** A device tells nothing by itself before it was asked by someone with a name. */
  begin(): void {
    this.lastId += 1;
    this.options.onRequest('Shelly.GetStatus');
    const auth = this.digest?.frameAuth();
    this.send({ id: this.lastId, src: this.source, method: 'Shelly.GetStatus', ...(auth ? { auth } : {}) });
  }

  receive(frame: JsonObject): void {
    if (frame['id'] !== undefined && frame['id'] === this.lastId) this.receiveAnswer(frame);
    else if (isJsonObject(frame['params'])) this.receiveNews(frame['method'], frame['params']);
  }

  private receiveAnswer({ result, error }: JsonObject): void {
    const { host, onStatus } = this.options;
    if (isJsonObject(error)) {
      if (error['code'] === 401) this.logIn(error['message']);
      else throw rpcFault(host, numberOrNull(error['code']) ?? NaN);
      return;
    }
    this.status = expectObject(result, 'Shelly.GetStatus');
    onStatus(this.status, null);
  }

  private logIn(message: unknown): void {
    const { digest } = this;
    const { host, http } = this.options;
    if (!digest) throw http.refuse();
    if (digest.hasChallenge) {
      // A wrong password has shown itself before, by HTTP: a busy device has forgotten its own challenge.
      throw new MeterError('unavailable', `The Shelly ${host} did not take the log-in this time`, {
        retryAfterMs: LOGIN_PAUSE_MS,
      });
    }
    const challenge = expectObject(parseJson(message), 'the challenge of the log-in');
    const { realm, nonce } = challenge;
    if (typeof realm !== 'string' || (typeof nonce !== 'string' && typeof nonce !== 'number')) {
      throw new MeterError('malformed_response', 'the challenge of the log-in: expected a realm and a nonce');
    }
    expectSha256(challenge['algorithm']);
    digest.take({ realm, nonce, isStale: false });
    this.begin();
  }

  private receiveNews(method: unknown, params: JsonObject): void {
    const { host, onStatus } = this.options;
    const { ts, events, ...changes } = params;
    if (method === 'NotifyEvent' && Array.isArray(events) && events.some(changesMeaning)) {
      throw unavailable(host, 'has new settings: connecting anew');
    }
    if (!this.status || (method !== 'NotifyStatus' && method !== 'NotifyFullStatus')) return;
    this.status = method === 'NotifyStatus' ? mergeStatus(this.status, changes) : changes;
    const seconds = numberOrNull(ts);
    onStatus(
      this.status,
      seconds === null || seconds < FIRST_PLAUSIBLE_S ? null : new Date(Math.round(seconds * 1000)),
    );
  }
}

function changesMeaning(event: unknown): boolean {
  return (
    isJsonObject(event) &&
    event['event'] === 'config_changed' &&
    typeof event['component'] === 'string' &&
    MEASURING.test(event['component'])
  );
}

function parseFrame(data: RawData, host: string): JsonObject {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
  const frame = parseJson(bytes.toString('utf8'));
  if (isJsonObject(frame)) return frame;
  throw new MeterError('malformed_response', `The Shelly ${host} sent a frame that is no JSON object`);
}

function parseJson(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  } catch {
    // Told by whoever expects an object.
    return undefined;
  }
}

function handshakeFault(host: string, status: number): MeterError {
  return status === 429
    ? rpcFault(host, status)
    : unavailable(host, `did not open its WebSocket (HTTP ${status})`);
}

function unavailable(host: string, what: string): MeterError {
  return new MeterError('unavailable', `The Shelly ${host} ${what}`);
}
