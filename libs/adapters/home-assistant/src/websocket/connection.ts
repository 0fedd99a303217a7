import { Socket } from 'node:net';
import { Clock, isJsonObject, JsonObject, MeterError, toMeterError } from '@smart-meter/meter-adapter';
import { RawData, WebSocket } from 'ws';
import { commandRefused } from './command-refusal';
import { parseFrame } from './frames';
import { handshakeFault, newSocket, socketFault } from './socket';

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_PING_INTERVAL_MS = 20_000;
const PONG_TIMEOUT_MS = 10_000;

export interface ConnectionOptions {
  /** `ws://homeassistant.local:8123/api/websocket`, or the Supervisor's. */
  webSocketUrl: string;
  token: string;
  clock: Clock;
  /** One bound on connecting and on each command, ms. */
  timeoutMs?: number;
  /** How often the link is tried when nothing comes by itself, ms. */
  pingIntervalMs?: number;
}

export interface CommandOptions {
  signal?: AbortSignal;
  /** Default: that of the connection. */
  timeoutMs?: number;
}

/** Told of every event of one subscription, in order, before the next message is read. What it throws ends the connection. */
export type EventHandler = (event: unknown) => void;

export interface Subscription {
  /** Stops the events; those under way are dropped. Never rejects: a connection that has ended has no events. */
  unsubscribe(): void;
}

interface PendingCommand {
  type: string;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** One authenticated WebSocket connection to Home Assistant. It never reconnects: `ended` says why it is over. */
export class HomeAssistantConnection {
  /** Resolves when the connection is over, with the reason; never rejects. */
  readonly ended: Promise<MeterError>;
  private readonly endedController = new AbortController();
  private readonly pending = new Map<number, PendingCommand>();
  private readonly handlers = new Map<number, EventHandler>();
  private lastId = 0;

  /** @param socket open and authenticated; its listeners are taken over */
  constructor(
    private readonly socket: WebSocket,
    /** The connection below it. */
    private readonly link: Socket,
    /** Of Home Assistant: `2026.11.0`. */
    readonly version: string,
    private readonly options: ConnectionOptions,
  ) {
    this.ended = new Promise((resolve) => {
      this.endedController.signal.addEventListener('abort', () => resolve(this.endReason()), { once: true });
    });
    socket.on('message', (data) => this.receive(data));
    socket.on('error', (error) => this.end(socketFault(error, options.webSocketUrl)));
    socket.on('close', (code) =>
      this.end(new MeterError('unavailable', `Home Assistant closed the connection (${code})`)),
    );
    void this.watchLink();
    // Since 2022.9; an older one refuses the command and stays with one message per frame.
    this.command('supported_features', { features: { coalesce_messages: 1 } }).catch(() => undefined);
  }

  /** Aborts when the connection is over; the reason is the `MeterError`. */
  get endedSignal(): AbortSignal {
    return this.endedController.signal;
  }

  /**
   * Sends a command and returns its result.
   * Errors: `unsupported` and `unavailable` for a refusal (`refusalCode` tells which), `unavailable` for a time-out
   * and for a connection that ends meanwhile. The caller's abort is rethrown as it is.
   */
  command(type: string, payload: JsonObject = {}, options: CommandOptions = {}): Promise<unknown> {
    return this.send(type, payload, options).result;
  }

  /** Sends a command that starts a stream of events; resolves once Home Assistant has agreed. */
  async subscribe(
    type: string,
    payload: JsonObject,
    handler: EventHandler,
    options: CommandOptions = {},
  ): Promise<Subscription> {
    // The first event may be in the same frame as the result.
    const { id, result } = this.send(type, payload, options, handler);
    try {
      await result;
    } catch (error) {
      this.handlers.delete(id);
      throw error;
    }
    return { unsubscribe: () => this.unsubscribe(id) };
  }

  /** Ends the connection from this side; pending commands reject. Safe to call twice. */
  close(): void {
    this.end(new MeterError('unavailable', 'the connection to Home Assistant was closed'));
  }

  private unsubscribe(id: number): void {
    if (!this.handlers.delete(id) || this.endedSignal.aborted) return;
    // A refusal means that there is no such subscription any more, which is what was asked for.
    this.command('unsubscribe_events', { subscription: id }).catch(() => undefined);
  }

  private send(
    type: string,
    payload: JsonObject,
    { signal, timeoutMs = this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS }: CommandOptions,
    handler?: EventHandler,
  ): { id: number; result: Promise<unknown> } {
    const id = ++this.lastId;
    if (handler) this.handlers.set(id, handler);
    const answered = new Promise<unknown>((resolve, reject) =>
      this.pending.set(id, { type, resolve, reject }),
    );
    if (signal?.aborted) this.settle(id)?.reject(signal.reason);
    else if (this.endedSignal.aborted) this.settle(id)?.reject(this.endReason());
    else this.write({ ...payload, id, type });
    const onAbort = () => this.settle(id)?.reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const settled = new AbortController();
    void timeout(this.options.clock, timeoutMs, settled.signal).then((isOver) => {
      if (!isOver) return;
      const error = new MeterError(
        'unavailable',
        `Home Assistant did not answer ${type} in ${timeoutMs / 1000} s`,
      );
      this.settle(id)?.reject(error);
    });
    const result = answered.finally(() => {
      settled.abort();
      signal?.removeEventListener('abort', onAbort);
    });
    return { id, result };
  }

  private settle(id: number): PendingCommand | undefined {
    const command = this.pending.get(id);
    this.pending.delete(id);
    return command;
  }

  private write(message: JsonObject): void {
    this.socket.send(JSON.stringify(message), (error) => {
      if (error) this.end(socketFault(error, this.options.webSocketUrl));
    });
  }

  private receive(data: RawData): void {
    if (this.endedSignal.aborted) return;
    try {
      for (const message of parseFrame(textOf(data))) this.dispatch(message);
    } catch (error) {
      this.end(toMeterError(error, 'handling a message of Home Assistant'));
    }
  }

  /** What nobody waits for (any more) is passed over: answers that come late, message types of later versions. */
  private dispatch(message: JsonObject): void {
    const { id, type } = message;
    if (typeof id !== 'number') return;
    if (type === 'event') this.handlers.get(id)?.(message['event']);
    if (type === 'pong') this.settle(id)?.resolve(undefined);
    if (type === 'result') this.finish(id, message);
  }

  private finish(id: number, { success, result, error }: JsonObject): void {
    const command = this.settle(id);
    if (!command) return;
    if (success === true) {
      command.resolve(result);
      return;
    }
    const { code, message } = isJsonObject(error) ? error : {};
    command.reject(commandRefused(command.type, String(code ?? 'unknown_error'), String(message ?? '')));
  }

  /** A link whose other end has vanished says nothing, for hours: only a question finds out. */
  private async watchLink(): Promise<void> {
    const { clock, pingIntervalMs = DEFAULT_PING_INTERVAL_MS } = this.options;
    while (await timeout(clock, pingIntervalMs, this.endedSignal)) {
      const receivedBefore = this.link.bytesRead;
      this.command('ping', {}, { timeoutMs: PONG_TIMEOUT_MS }).catch(() => {
        // A long message over a slow link holds up the answer.
        if (this.link.bytesRead > receivedBefore) return;
        this.end(new MeterError('unavailable', 'Home Assistant does not answer any more: the link is dead'));
      });
    }
  }

  private end(error: MeterError): void {
    if (this.endedSignal.aborted) return;
    this.endedController.abort(error);
    this.handlers.clear();
    for (const id of [...this.pending.keys()]) this.settle(id)?.reject(error);
    // Whoever ends it has no use for a closing handshake, and a dead link would not answer it.
    this.socket.terminate();
  }

  private endReason(): MeterError {
    return this.endedSignal.reason as MeterError;
  }
}

/** Connects and authenticates. See `HomeAssistantConnector.connect` for the errors. */
export async function openConnection(
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<HomeAssistantConnection> {
  const { webSocketUrl, token, clock, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const socket = newSocket(webSocketUrl);
  const settled = new AbortController();
  try {
    let link: Socket | undefined;
    const version = await new Promise<string>((resolve, reject) => {
      socket.on('upgrade', (response) => (link = response.socket));
      socket.on('error', (error) => reject(socketFault(error, webSocketUrl)));
      socket.on('unexpected-response', (_request, response) => reject(handshakeFault(response)));
      socket.on('close', () => reject(new MeterError('unavailable', 'Home Assistant closed the connection')));
      socket.on('message', (data) => {
        try {
          const [message] = parseFrame(textOf(data));
          if (message) authenticate(message, token, socket, resolve);
        } catch (error) {
          reject(error as MeterError);
        }
      });
      signal.addEventListener('abort', () => reject(signal.reason as Error), { signal: settled.signal });
      void timeout(clock, timeoutMs, settled.signal).then((isOver) => {
        if (isOver)
          reject(new MeterError('unavailable', `Home Assistant did not let us in in ${timeoutMs / 1000} s`));
      });
    });
    socket.removeAllListeners();
    if (!link) throw new MeterError('malformed_response', 'the WebSocket opened without a connection');
    return new HomeAssistantConnection(socket, link, version, options);
  } catch (error) {
    // Ending a socket that is not open yet is an error of its own.
    socket.removeAllListeners().on('error', () => undefined);
    socket.terminate();
    throw error;
  } finally {
    settled.abort();
  }
}

function authenticate(
  message: JsonObject,
  token: string,
  socket: WebSocket,
  onAuthenticated: (version: string) => void,
): void {
  switch (message['type']) {
    case 'auth_required':
      socket.send(JSON.stringify({ type: 'auth', access_token: token }));
      return;
    case 'auth_ok':
      onAuthenticated(String(message['ha_version'] ?? 'unknown'));
      return;
    case 'auth_invalid':
      throw new MeterError(
        'authentication',
        'Home Assistant refused the token: create a long-lived access token in your profile there; it is not tried again',
      );
    default:
      throw new MeterError(
        'malformed_response',
        'what answers on the WebSocket does not speak as Home Assistant does',
      );
  }
}

/** Whether the time passed before the signal aborted. */
function timeout(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  return clock.sleep(ms, signal).then(
    () => true,
    () => false,
  );
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
