import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { FaultScript } from '../shared';
import { encodeMsgpack } from './msgpack';
import { SimulatedMonitor } from './simulated-monitor';
import { SimulatorClock } from '../shared';

export interface LiveFeedOptions {
  readonly clock: SimulatorClock;
  readonly accepts: (accessToken: string) => boolean;
  readonly monitor: (id: string) => SimulatedMonitor | undefined;
  readonly faults: () => FaultScript;
  /** Between two updates, ms of real time. */
  readonly intervalMs: number;
  /** Sense ends every connection after about a quarter of an hour, ms of real time. */
  readonly longestConnectionMs: number;
}

interface Listener {
  readonly socket: WebSocket;
  readonly monitor: SimulatedMonitor;
  readonly isMsgpack: boolean;
}

/** The WebSocket side: JSON text frames, or MessagePack for those who accept it. */
export class LiveFeed {
  /** How a token that is not good is refused: at the handshake, or by a frame after it. */
  refusal: 'handshake' | 'frame' = 'frame';
  private readonly server = new WebSocketServer({ noServer: true });
  private readonly listeners = new Set<Listener>();

  constructor(private readonly options: LiveFeedOptions) {}

  get openStreams(): number {
    return this.listeners.size;
  }

  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://simulated');
    const monitorId = /^\/monitors\/([^/]+)\/realtimefeed$/.exec(url.pathname)?.[1] ?? '';
    const monitor = this.options.monitor(monitorId);
    const isGood = this.options.accepts(url.searchParams.get('access_token') ?? '');
    if (!monitor || (!isGood && this.refusal === 'handshake')) {
      const status = monitor ? '401 Unauthorized' : '404 Not Found';
      socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
      return;
    }
    const isMsgpack = request.headers.accept === 'application/x-msgpack';
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      const listener = { socket: webSocket, monitor, isMsgpack };
      if (isGood) this.serve(listener);
      else {
        this.send(listener, 'error', { authorized: false, error_reason: 'Unauthorized' });
        webSocket.close();
      }
    });
  }

  /** Sends an update to everyone who listens, now. */
  pushUpdate(): void {
    const now = this.options.clock.now();
    for (const listener of this.listeners) {
      if (listener.monitor.isOnline(now)) {
        this.send(listener, 'realtime_update', listener.monitor.realtimeUpdate(now));
      }
    }
  }

  /** Sends any other frame to everyone who listens. */
  push(type: string, payload: Record<string, unknown>): void {
    for (const listener of this.listeners) this.send(listener, type, payload);
  }

  private serve(listener: Listener): void {
    const { clock, intervalMs, longestConnectionMs } = this.options;
    const { socket, monitor } = listener;
    this.listeners.add(listener);
    const ticking = setInterval(() => {
      const now = clock.now();
      if (monitor.isOnline(now)) this.send(listener, 'realtime_update', monitor.realtimeUpdate(now));
    }, intervalMs);
    const ending = setTimeout(() => socket.close(), longestConnectionMs);
    socket.on('close', () => {
      this.listeners.delete(listener);
      clearInterval(ticking);
      clearTimeout(ending);
    });
    socket.on('error', () => socket.terminate());
    const online = monitor.isOnline(clock.now());
    this.send(listener, 'hello', { online });
    if (!online) return;
    this.send(listener, 'monitor_info', { features: 'on_off' });
    this.send(listener, 'device_states', { update_type: 'full', states: [] });
    this.send(listener, 'realtime_update', monitor.realtimeUpdate(clock.now()));
  }

  private send(
    { socket, monitor, isMsgpack }: Listener,
    type: string,
    payload: Record<string, unknown>,
  ): void {
    const path = `/monitors/${monitor.id}/realtimefeed`;
    const fault = this.options.faults().take({ method: 'GET', path, command: type });
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'drop') {
      socket.terminate();
      return;
    }
    if (isMsgpack) {
      const epoch = Math.floor(this.options.clock.now().getTime() / 1000);
      socket.send(Buffer.concat([type, epoch, payload].map(encodeMsgpack)));
      return;
    }
    const frame = JSON.stringify({ type, payload });
    if (fault?.kind === 'body') socket.send(fault.body);
    else socket.send(fault?.kind === 'rewrite' ? fault.rewrite(frame) : frame);
  }
}
