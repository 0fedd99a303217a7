import { once } from 'node:events';
import { createServer, IncomingMessage, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';

/** What a test answers to each message of a client. */
export type Script = (message: Record<string, unknown>, peer: ScriptedPeer) => void;

/** The server's end of one connection. */
export class ScriptedPeer {
  readonly received: Record<string, unknown>[] = [];

  constructor(
    readonly socket: WebSocket,
    /** Below it, for what no WebSocket library would send. */
    readonly link: Duplex,
  ) {}

  send(...messages: unknown[]): void {
    for (const message of messages) this.socket.send(JSON.stringify(message));
  }

  sendText(text: string): void {
    this.socket.send(text);
  }

  result(id: unknown, result: unknown = null): void {
    this.send({ id, type: 'result', success: true, result });
  }

  refuse(id: unknown, code: string, message = 'no'): void {
    this.send({ id, type: 'result', success: false, error: { code, message } });
  }
}

/** Lets every client in, whatever its token, and answers its pings. */
export const LET_IN: Script = ({ id, type }, peer) => {
  if (type === 'auth') peer.send({ type: 'auth_ok', ha_version: '2026.11.0' });
  if (type === 'ping') peer.send({ id, type: 'pong' });
};

/** A WebSocket server that says exactly what the test says. */
export class ScriptedWebSocket {
  readonly peers: ScriptedPeer[] = [];
  private readonly http: Server = createServer((_request, response) => {
    response.writeHead(this.httpStatus).end();
  });

  private constructor(
    private readonly script: Script,
    private readonly greeting: unknown,
    private readonly httpStatus: number,
  ) {
    const server = new WebSocketServer({ noServer: true });
    this.http.on('upgrade', (request: IncomingMessage, socket, head) => {
      if (httpStatus !== 101) {
        socket.end(`HTTP/1.1 ${httpStatus} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
        return;
      }
      server.handleUpgrade(request, socket, head, (client) => this.accept(client, socket));
    });
  }

  /** @param httpStatus other than 101: what it answers instead of opening the WebSocket */
  static async start(
    script: Script = LET_IN,
    { greeting = { type: 'auth_required', ha_version: '2026.11.0' } as unknown, httpStatus = 101 } = {},
  ): Promise<ScriptedWebSocket> {
    const server = new ScriptedWebSocket(script, greeting, httpStatus);
    server.http.listen(0, '127.0.0.1');
    await once(server.http, 'listening');
    return server;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.http.address() as AddressInfo).port}/api/websocket`;
  }

  async stop(): Promise<void> {
    for (const { socket } of this.peers) socket.terminate();
    this.http.closeAllConnections();
    this.http.close();
    await once(this.http, 'close');
  }

  private accept(client: WebSocket, link: Duplex): void {
    const peer = new ScriptedPeer(client, link);
    this.peers.push(peer);
    if (this.greeting !== undefined) peer.send(this.greeting);
    client.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as Record<string, unknown>;
      peer.received.push(message);
      this.script(message, peer);
    });
  }
}
