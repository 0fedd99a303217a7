import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { Fault } from '../shared';
import { Access } from './access';
import { ChangeHub } from './change-hub';
import { coreCommands } from './commands/core';
import { energyCommands } from './commands/energy';
import { historyCommands } from './commands/history';
import { registryCommands } from './commands/registry';
import { statisticsCommands } from './commands/statistics';
import { Home } from './home';
import { CommandHandler, ConnectionHost, WebSocketConnection } from './websocket-connection';

export const WEBSOCKET_PATH = '/api/websocket';
const SUPERVISOR_WEBSOCKET_PATH = '/core/websocket';

const AUTH_TIMEOUT_MS = 10_000;
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

export interface WebSocketApiOptions {
  /** How often the server pings, default 55 s; a client that does not answer in half that time is dropped. */
  readonly heartbeatMs?: number;
  /** Offer permessage-deflate, default true as aiohttp does. */
  readonly compress?: boolean;
  takeFault(command: string): Fault | null;
  countCommand(type: string): void;
}

interface Client {
  readonly socket: WebSocket;
  readonly token: string;
  readonly connection: WebSocketConnection;
}

/** The WebSocket interface: the authentication phase and what comes after. */
export class WebSocketApi implements ConnectionHost {
  private readonly server: WebSocketServer;
  private readonly handlers: Readonly<Record<string, CommandHandler>>;
  private readonly clients = new Set<Client>();
  private readonly heartbeatMs: number;

  constructor(
    private readonly home: Home,
    private readonly access: Access,
    private readonly options: WebSocketApiOptions,
  ) {
    const hub = new ChangeHub(home.states);
    this.heartbeatMs = options.heartbeatMs ?? 55_000;
    this.server = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: options.compress ?? true,
    });
    this.handlers = {
      ...coreCommands(home, hub),
      ...energyCommands(home),
      ...historyCommands(home),
      ...registryCommands(home),
      ...statisticsCommands(home),
    };
  }

  /** Authenticated connections that are open. */
  get connections(): readonly WebSocketConnection[] {
    return Array.from(this.clients, ({ connection }) => connection);
  }

  commandHandler(type: string): CommandHandler | undefined {
    return Object.hasOwn(this.handlers, type) ? this.handlers[type] : undefined;
  }

  takeFault(command: string): Fault | null {
    return this.options.takeFault(command);
  }

  countCommand(type: string): void {
    this.options.countCommand(type);
  }

  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const path = new URL(request.url ?? '/', 'http://simulator').pathname;
    const isKnown = path === WEBSOCKET_PATH || path === SUPERVISOR_WEBSOCKET_PATH;
    const status = this.access.isBanned ? '403 Forbidden' : isKnown ? null : '404 Not Found';
    if (status !== null) {
      socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
      return;
    }
    this.server.handleUpgrade(request, socket, head, (webSocket) => this.greet(webSocket));
  }

  /** Revoking a token ends what was opened with it. */
  disconnect(token: string): void {
    for (const client of this.clients) if (client.token === token) client.connection.terminate();
  }

  private greet(socket: WebSocket): void {
    // Broken clients are part of the game; the close event does the rest.
    socket.on('error', () => socket.terminate());
    this.keepAlive(socket);
    const ha_version = this.home.options.version;
    socket.send(JSON.stringify({ type: 'auth_required', ha_version }));
    const timer = setTimeout(() => socket.close(1000), AUTH_TIMEOUT_MS).unref();
    socket.once('message', (data) => {
      clearTimeout(timer);
      this.authenticate(socket, String(data));
    });
    socket.once('close', () => clearTimeout(timer));
  }

  private authenticate(socket: WebSocket, text: string): void {
    let message: { type?: unknown; access_token?: unknown };
    try {
      message = JSON.parse(text) as typeof message;
    } catch {
      socket.close(1000);
      return;
    }
    const refuse = (words: string): void => {
      socket.send(JSON.stringify({ type: 'auth_invalid', message: words }));
      socket.close(1000);
    };
    if (message.type !== 'auth' || typeof message.access_token !== 'string') {
      const words = "not a valid value for dictionary value @ data['type']";
      refuse(`Auth message incorrectly formatted: ${words}. Got '${String(message.type)}'`);
      return;
    }
    const token = message.access_token;
    const user = this.access.authenticate(token);
    if (user === null) {
      refuse('Invalid access token or password');
      return;
    }
    socket.send(JSON.stringify({ type: 'auth_ok', ha_version: this.home.options.version }));
    const connection = new WebSocketConnection(socket, user, this);
    const client = { socket, token, connection };
    this.clients.add(client);
    socket.once('close', () => this.clients.delete(client));
    socket.on('message', (data) => connection.receive(String(data)));
  }

  private keepAlive(socket: WebSocket): void {
    let answered = true;
    const timer = setInterval(() => {
      if (!answered) {
        socket.terminate();
        return;
      }
      answered = false;
      socket.ping();
    }, this.heartbeatMs);
    timer.unref();
    socket.on('pong', () => (answered = true));
    socket.once('close', () => clearInterval(timer));
  }
}
