import { effect, signal } from '@preact/signals';
import { ApiClient } from '../api/api-client';
import { ApiError, toApiError } from '../api/api-error';
import { ConsumptionAnswer, ReadingAnswer } from '../api/answers';
import { LiveEvents } from '../api/live-events';
import { Picture, pictureOf, withReading } from '../home/picture';
import { tokens, tokenVersion, tokenWanted } from './token';

export type Connection =
  { state: 'connecting' } | { state: 'live' } | { state: 'waiting'; error: ApiError; retryAtMs: number };

export const api = new ApiClient(tokens);
export const connection = signal<Connection>({ state: 'connecting' });
/** Grows with every connection: what was loaded before may have missed something. */
export const connectionCount = signal(0);
/** null until the service has answered once. */
export const picture = signal<Picture | null>(null);
export const consumption = signal<ConsumptionAnswer | null>(null);
/** Why the whole picture could not be had the last time. */
export const refreshError = signal<ApiError | null>(null);

type ReadingListener = (reading: ReadingAnswer) => void;
const listeners = new Set<ReadingListener>();

/** Hears of every reading from now on. Returns how to stop. */
export function onReading(listener: ReadingListener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function tell(reading: ReadingAnswer): void {
  picture.value = picture.value ? withReading(picture.value, reading) : picture.value;
  for (const listener of listeners) listener(reading);
}

/** The whole picture is asked for this often: the stream tells only what changed, and nothing of warnings. */
const REFRESH_MS = 10_000;

let retryNow: () => void = () => undefined;

/** Ends the wait before the next attempt. */
export function reconnectNow(): void {
  retryNow();
}

function sleep(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    retryNow = done;
    signal.addEventListener('abort', done, { once: true });
  });
}

/** Follows the service for as long as the page is open. */
export function startLive(): void {
  effect(() => {
    // With another token everything begins anew.
    void tokenVersion.value;
    const stop = new AbortController();
    const events = new LiveEvents({
      open: (lastEventId, signal) =>
        api.stream('./stream', signal, lastEventId === null ? {} : { 'Last-Event-ID': lastEventId }),
      onConnected: () => {
        connection.value = { state: 'live' };
        connectionCount.value = connectionCount.peek() + 1;
        void refresh(stop.signal);
      },
      onReading: tell,
      onLost: (error, delayMs) => {
        connection.value = { state: 'waiting', error, retryAtMs: Date.now() + delayMs };
      },
      sleep,
      random: Math.random,
    });
    void events.run(stop.signal);
    void refresh(stop.signal);
    const timer = setInterval(() => void refresh(stop.signal), REFRESH_MS);
    // A page that was in the background is fresh at the first glance.
    document.addEventListener('visibilitychange', () => void refresh(stop.signal), { signal: stop.signal });
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  });
}

async function refresh(signal: AbortSignal): Promise<void> {
  if (tokenWanted.peek() || document.hidden) return;
  try {
    const answer = await api.json<ConsumptionAnswer>('./consumption', signal);
    consumption.value = answer;
    refreshError.value = null;
    const before = picture.peek();
    const fresh = pictureOf(answer);
    picture.value = before && before.atMs > fresh.atMs ? { ...before, provenance: fresh.provenance } : fresh;
    // A remembered value is not news; a made-up one is shown, with its label.
    if (answer.provenance !== 'cached') for (const listener of listeners) listener(answer);
  } catch (error) {
    if (!signal.aborted) refreshError.value = toApiError(error);
  }
}
