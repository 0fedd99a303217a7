import { Clock, isJsonObject, JsonObject, MeterError, parseRetryAfterMs } from '@smart-meter/meter-adapter';
import { IncomingMessage } from 'node:http';
import { RawData, WebSocket } from 'ws';
import { TokenRefusedError } from '../session/sense-api';

export interface FeedOptions {
  url: string;
  deviceId: string;
  clock: Clock;
  /** How long the feed may be silent, ms. */
  silenceMs: number;
  /** Told of every `realtime_update`. @returns true when it has seen enough */
  onUpdate(payload: JsonObject): boolean;
  /** The account's devices or settings have changed. */
  onDataChange?(): void;
  signal: AbortSignal;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;
const MAX_FRAME_BYTES = 4 * 1024 * 1024;
/** A monitor that is offline comes back after minutes, if at all. */
const OFFLINE_RETRY_MS = 5 * 60_000;
/** Sense ends every connection after a quarter of an hour. */
const DROPPED_RETRY_MS = 5_000;

/**
 * Reads Sense's live feed over one connection, until `onUpdate` has seen enough.
 * Throws `TokenRefusedError`; `MeterError`: `unavailable` (dropped, silent, monitor offline), `rate_limited`,
 * `configuration` (no such monitor), `malformed_response`; the signal's reason when it aborts.
 * No error holds the URL, which holds the token.
 */
export async function readFeed(options: FeedOptions): Promise<void> {
  const { url, deviceId, clock, silenceMs, onUpdate, onDataChange, signal } = options;
  signal.throwIfAborted();
  const stop = new AbortController();
  const socket = new WebSocket(url, {
    headers: { 'x-sense-device-id': deviceId },
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    maxPayload: MAX_FRAME_BYTES,
  });
  let lastHeardMs = clock.monotonicMs();
  try {
    await new Promise<void>((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true, signal: stop.signal });
      socket.on('unexpected-response', (_request, response) => reject(handshakeFault(response, clock)));
      socket.on('error', (error) => reject(connectionFault(error, url)));
      socket.on('close', () =>
        reject(
          new MeterError('unavailable', "Sense ended the live feed's connection, as it does now and then", {
            retryAfterMs: DROPPED_RETRY_MS,
          }),
        ),
      );
      socket.on('message', (data, isBinary) => {
        try {
          const frame = parseFrame(data, isBinary);
          if (frame.type === 'realtime_update') {
            lastHeardMs = clock.monotonicMs();
            if (onUpdate(frame.payload)) resolve();
          } else if (frame.type === 'data_change') onDataChange?.();
          else throwOnBadNews(frame);
        } catch (error) {
          reject(error);
        }
      });
      const silence = async () => {
        for (let leftMs = silenceMs; leftMs > 0; leftMs = lastHeardMs + silenceMs - clock.monotonicMs()) {
          await clock.sleep(leftMs, stop.signal);
        }
        throw new MeterError('unavailable', `the live feed of Sense was silent for ${silenceMs / 1000} s`, {
          retryAfterMs: DROPPED_RETRY_MS,
        });
      };
      silence().catch(reject);
    });
  } finally {
    stop.abort();
    end(socket);
  }
}

interface Frame {
  type: string;
  payload: JsonObject;
}

function parseFrame(data: RawData, isBinary: boolean): Frame {
  let frame: unknown = null;
  try {
    if (!isBinary) frame = JSON.parse(text(data));
  } catch {
    // Told below, together with frames that are JSON but not of this protocol.
  }
  if (!isJsonObject(frame) || typeof frame['type'] !== 'string') {
    throw new MeterError('malformed_response', 'live feed: expected a JSON frame with a type');
  }
  return { type: frame['type'], payload: isJsonObject(frame['payload']) ? frame['payload'] : {} };
}

function text(data: RawData): string {
  return (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)).toString('utf8');
}

function throwOnBadNews({ type, payload }: Frame): void {
  if (type === 'hello' && payload['online'] === false) {
    throw new MeterError(
      'unavailable',
      'the Sense monitor is offline: see whether it has power and reaches the home network',
      { retryAfterMs: OFFLINE_RETRY_MS },
    );
  }
  if (type === 'error') {
    if (payload['authorized'] === false) throw new TokenRefusedError();
    throw new MeterError('unavailable', 'the live feed of Sense reported an error', {
      retryAfterMs: DROPPED_RETRY_MS,
    });
  }
}

function handshakeFault(response: IncomingMessage, clock: Clock): Error {
  response.resume();
  const status = response.statusCode ?? 0;
  if (status === 401 || status === 403) return new TokenRefusedError();
  if (status === 404) {
    return new MeterError('configuration', 'Sense knows no such monitor (HTTP 404): check the monitor id');
  }
  const retryAfterMs = parseRetryAfterMs(response.headers['retry-after'], clock.now());
  const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
  return status === 429
    ? new MeterError('rate_limited', 'Sense asks for fewer connections (HTTP 429)', retry)
    : new MeterError('unavailable', `Sense did not open the live feed (HTTP ${status})`, retry);
}

function connectionFault(error: Error, url: string): MeterError {
  const code = 'code' in error ? String(error.code) : 'the connection failed';
  return new MeterError(
    'unavailable',
    `the live feed of Sense cannot be reached at ${new URL(url).host}: ${code}`,
    // The cause is left out: it may quote the URL.
  );
}

/** Closing politely waits for the other side, which may be gone. */
function end(socket: WebSocket): void {
  socket.on('error', () => {
    // What comes after the end concerns nobody.
  });
  socket.terminate();
}
