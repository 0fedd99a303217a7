import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { Fault, LOGIN_PAGE } from '../shared';

const QUEUE_LIMIT = 4096;
const PEAK_LIMIT = 1024;
const PEAK_MS = 10_000;
/** As much as may wait in the socket before messages wait in the queue. */
const SOCKET_BUFFER_BYTES = 1024 * 1024;

export interface Command {
  readonly id: number;
  readonly type: string;
  readonly [argument: string]: unknown;
}

export interface User {
  readonly id: string;
  readonly name: string;
  readonly isAdmin: boolean;
}

/** An answer of the kind `success: false`. */
export class CommandError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export type CommandHandler = (connection: WebSocketConnection, command: Command) => void;

/** What a connection needs of the server. */
export interface ConnectionHost {
  commandHandler(type: string): CommandHandler | undefined;
  takeFault(command: string): Fault | null;
  countCommand(type: string): void;
}

/** One authenticated WebSocket: ids, answers, subscriptions, and the queue with its limits. */
export class WebSocketConnection {
  private lastId = 0;
  private coalesces = false;
  private queue: string[] = [];
  private flushScheduled = false;
  private peakTimer: NodeJS.Timeout | null = null;
  private readonly subscriptions = new Map<number, () => void>();
  private readonly rewrites = new Map<number, (text: string) => string>();
  private readonly bytesPerSecond = new Map<number, number>();

  constructor(
    private readonly socket: WebSocket,
    readonly user: User,
    private readonly host: ConnectionHost,
  ) {
    socket.once('close', () => this.release());
  }

  /** Answers one frame, which holds one command or a list of them. */
  receive(text: string): void {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      // The real one hangs up on what is not JSON.
      this.socket.close(1000);
      return;
    }
    for (const message of Array.isArray(parsed) ? parsed : [parsed]) this.receiveCommand(message);
  }

  /** `resultJson` is sent as it is. */
  sendResultJson(id: number, resultJson: string): void {
    this.send(id, `{"id":${id},"type":"result","success":true,"result":${resultJson}}`);
  }

  sendResult(id: number, result: unknown): void {
    this.sendResultJson(id, JSON.stringify(result ?? null));
  }

  sendError(id: number | null, code: string, message: string): void {
    this.send(id ?? 0, JSON.stringify({ id, type: 'result', success: false, error: { code, message } }));
  }

  sendEventJson(id: number, eventJson: string): void {
    this.send(id, `{"type":"event","event":${eventJson},"id":${id}}`);
  }

  sendPong(id: number): void {
    this.send(id, `{"id":${id},"type":"pong"}`);
  }

  enableCoalescing(): void {
    this.coalesces = true;
  }

  subscribe(id: number, unsubscribe: () => void): void {
    this.subscriptions.set(id, unsubscribe);
  }

  unsubscribe(id: number): boolean {
    const unsubscribe = this.subscriptions.get(id);
    unsubscribe?.();
    return this.subscriptions.delete(id);
  }

  /** Sends a frame as it is, true or not. */
  sendRaw(text: string): void {
    this.socket.send(text);
  }

  terminate(): void {
    this.socket.terminate();
  }

  get pendingMessages(): number {
    return this.queue.length;
  }

  private receiveCommand(message: unknown): void {
    const { id, type } = (message ?? {}) as { id?: unknown; type?: unknown };
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 1 || typeof type !== 'string') {
      this.sendError(typeof id === 'number' ? id : null, 'invalid_format', 'Message incorrectly formatted.');
      return;
    }
    if (id <= this.lastId) {
      this.sendError(id, 'id_reuse', 'Identifier values have to increase.');
      return;
    }
    this.lastId = id;
    this.host.countCommand(type);
    const fault = this.host.takeFault(type);
    if (fault === null) this.run(message as Command);
    else void this.runHarmed(message as Command, fault);
  }

  private run(command: Command): void {
    const handler = this.host.commandHandler(command.type);
    if (handler === undefined) {
      this.sendError(command.id, 'unknown_command', 'Unknown command.');
      return;
    }
    try {
      handler(this, command);
    } catch (error) {
      if (error instanceof CommandError) this.sendError(command.id, error.code, error.message);
      else this.sendError(command.id, 'unknown_error', String(error));
    }
  }

  private async runHarmed(command: Command, fault: Fault): Promise<void> {
    switch (fault.kind) {
      case 'hang':
        return;
      case 'delay':
        await sleep(fault.delayMs, undefined, { ref: false });
        this.run(command);
        return;
      case 'drop':
        this.terminate();
        return;
      case 'status':
        this.sendError(command.id, 'home_assistant_error', fault.body ?? `${fault.status}: scripted`);
        return;
      case 'html':
        this.sendRaw(LOGIN_PAGE);
        return;
      case 'body':
        this.sendRaw(fault.body);
        return;
      case 'huge':
        this.sendRaw(`[${'0,'.repeat(Math.max(0, Math.floor(fault.bytes / 2) - 2))}0]`);
        return;
      case 'truncate':
        this.rewrites.set(command.id, (text) => text.slice(0, fault.afterBytes));
        this.run(command);
        return;
      case 'rewrite':
        this.rewrites.set(command.id, fault.rewrite);
        this.run(command);
        return;
      case 'slow':
        this.bytesPerSecond.set(command.id, fault.bytesPerSecond);
        this.run(command);
        return;
    }
  }

  private send(id: number, text: string): void {
    const sent = this.rewrites.get(id)?.(text) ?? text;
    const bytesPerSecond = this.bytesPerSecond.get(id);
    if (bytesPerSecond === undefined) this.enqueue(sent);
    else setTimeout(() => this.enqueue(sent), (1000 * sent.length) / bytesPerSecond).unref();
  }

  private enqueue(text: string): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.queue.push(text);
    if (this.queue.length >= QUEUE_LIMIT) {
      this.terminate();
      return;
    }
    if (this.queue.length > PEAK_LIMIT) this.watchPeak();
    if (this.flushScheduled) return;
    this.flushScheduled = true;
    setImmediate(() => this.flush());
  }

  /** What has gathered since goes out, in one frame where the client takes lists. */
  private flush(): void {
    this.flushScheduled = false;
    if (this.socket.readyState !== WebSocket.OPEN || this.queue.length === 0) return;
    if (this.socket.bufferedAmount > SOCKET_BUFFER_BYTES) {
      this.flushScheduled = true;
      setTimeout(() => this.flush(), 20).unref();
      return;
    }
    const messages = this.queue;
    this.queue = [];
    if (this.coalesces && messages.length > 1) this.socket.send(`[${messages.join(',')}]`);
    else for (const message of messages) this.socket.send(message);
  }

  private watchPeak(): void {
    if (this.peakTimer !== null) return;
    this.peakTimer = setTimeout(() => {
      this.peakTimer = null;
      if (this.queue.length >= PEAK_LIMIT) this.terminate();
    }, PEAK_MS);
    this.peakTimer.unref();
  }

  private release(): void {
    if (this.peakTimer !== null) clearTimeout(this.peakTimer);
    for (const unsubscribe of this.subscriptions.values()) unsubscribe();
    this.subscriptions.clear();
    this.queue = [];
  }
}
