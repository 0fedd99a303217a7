import { createServer, IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { deflate, gzip } from 'node:zlib';
import { Counters } from './counters';
import { Fault, FaultScript } from './faults';
import { reset } from './reset';
import { replacementFor, SimulatedResponse, writeResponse } from './faulty-response';

/** A request as a simulator sees it, its body complete. */
export interface SimulatedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface SimulatorServerOptions {
  handle(request: SimulatedRequest): SimulatedResponse | Promise<SimulatedResponse>;
  /** Takes over a WebSocket upgrade; without it upgrades are refused. */
  upgrade?(request: IncomingMessage, socket: Socket, head: Buffer): void;
  /** Compresses JSON where the client accepts it, as aiohttp does. */
  readonly compress?: boolean;
  /** 0 (default) takes any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
}

const KEEP_ALIVE_MS = 75_000;
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const compressors = { deflate: promisify(deflate), gzip: promisify(gzip) };

/**
 * What every simulator stands on: an HTTP server on a port of its own that harms its answers as scripted, counts what
 * it serves, and can go down, come back or fall silent.
 */
export class SimulatorServer {
  readonly faults = new FaultScript();
  readonly counters = new Counters();
  private server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly frozen = new WeakSet<Socket>();
  private port = 0;

  private constructor(private readonly options: SimulatorServerOptions) {
    this.server = this.createServer();
  }

  static async start(options: SimulatorServerOptions): Promise<SimulatorServer> {
    const server = new SimulatorServer(options);
    await server.listen(options.port ?? 0);
    return server;
  }

  /** For example `http://127.0.0.1:41234`, without a slash at the end; the same after coming back. */
  get url(): string {
    return `http://${this.host}:${this.port}`;
  }

  /** New connections are refused and open ones reset, as when the process is gone. */
  async refuseConnections(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.dropConnections();
    await closed;
  }

  /** Listens again, on the same port. */
  async acceptConnections(): Promise<void> {
    if (this.server.listening) return;
    this.server = this.createServer();
    await this.listen(this.port);
  }

  /** Resets every open connection; new ones are welcome. */
  dropConnections(): void {
    for (const socket of this.sockets) {
      if (this.frozen.has(socket)) thaw(socket);
      reset(socket);
    }
  }

  /** Leaves every open connection half-open: nothing is read and nothing sent any more, and no end is announced. */
  freezeConnections(): void {
    for (const socket of this.sockets) {
      this.frozen.add(socket);
      freeze(socket);
    }
  }

  async close(): Promise<void> {
    if (this.server.listening) await this.refuseConnections();
    this.dropConnections();
  }

  private get host(): string {
    return this.options.host ?? '127.0.0.1';
  }

  private createServer(): Server {
    const server = createServer((request, response) => {
      this.serve(request, response).catch((error: unknown) => {
        // A fault of the simulator itself: the client sees a broken server, the test its words.
        if (!response.headersSent) response.writeHead(500);
        response.end(String(error));
      });
    });
    // As long as aiohttp keeps them: a client that polls every minute need not connect anew.
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.on('connection', (socket) => {
      this.counters.track(socket);
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
      // Clients that go away are part of the game.
      socket.on('error', () => socket.destroy());
    });
    server.on('upgrade', (request, socket: Socket, head) => this.serveUpgrade(request, socket, head));
    return server;
  }

  private listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, this.host, () => {
        this.port = (this.server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', this.url);
    const method = incoming.method ?? 'GET';
    const path = url.pathname;
    this.counters.countRequest(`${method} ${path}`);
    const body = await readBody(incoming);
    if (this.frozen.has(incoming.socket)) return;

    const fault = this.faults.take({ method, path });
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'delay') await sleep(fault.delayMs, undefined, { ref: false });
    const request = { method, path, query: url.searchParams, headers: incoming.headers, body };
    const replacement = fault === null ? null : replacementFor(fault);
    if (replacement !== null) return writeResponse(response, replacement, null);
    const answer = rewritten(await this.options.handle(request), fault);
    const isReplacedLater = fault?.kind === 'huge';
    const sent = isReplacedLater ? answer : await this.compressed(answer, incoming.headers);
    return writeResponse(response, sent, fault);
  }

  private async compressed(
    answer: SimulatedResponse,
    headers: IncomingHttpHeaders,
  ): Promise<SimulatedResponse> {
    const accepted = String(headers['accept-encoding'] ?? '');
    const coding = (['deflate', 'gzip'] as const).find((name) => accepted.includes(name));
    const isJson = answer.headers?.['content-type'] === 'application/json';
    if (this.options.compress !== true || answer.compress === false || !isJson) return answer;
    if (coding === undefined || answer.body === undefined) return answer;
    const body = await compressors[coding](answer.body);
    return { ...answer, headers: { ...answer.headers, 'content-encoding': coding }, body };
  }

  private serveUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const path = new URL(request.url ?? '/', this.url).pathname;
    this.counters.countRequest(`UPGRADE ${path}`);
    const fault = this.faults.take({ method: 'GET', path });
    const upgrade = this.options.upgrade?.bind(this.options);
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'drop') {
      reset(socket);
      return;
    }
    if (fault?.kind === 'delay' && upgrade !== undefined) {
      setTimeout(() => upgrade(request, socket, head), fault.delayMs).unref();
      return;
    }
    const refusal = fault === null ? null : replacementFor(fault);
    if (refusal === null && upgrade !== undefined) upgrade(request, socket, head);
    else refuseUpgrade(socket, refusal ?? { status: 404, body: '404: Not Found' });
  }
}

function rewritten(answer: SimulatedResponse, fault: Fault | null): SimulatedResponse {
  if (fault?.kind !== 'rewrite') return answer;
  return { ...answer, body: fault.rewrite(String(answer.body ?? '')) };
}

function refuseUpgrade(socket: Socket, { status, headers, body = '' }: SimulatedResponse): void {
  const lines = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${String(value)}\r\n`);
  const length = `content-length: ${Buffer.byteLength(body)}\r\n`;
  socket.end(
    `HTTP/1.1 ${status} Refused\r\n${lines.join('')}${length}connection: close\r\n\r\n${String(body)}`,
  );
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES)
      throw new RangeError(`the request body is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** From now on the socket takes nothing in, sends nothing, and does not end however often it is told to. */
function freeze(socket: Socket): void {
  socket.pause();
  socket.write = swallowWrite;
  socket.end = () => socket;
  socket.destroy = () => socket;
}

function thaw(socket: Socket): void {
  for (const name of ['write', 'end', 'destroy']) Reflect.deleteProperty(socket, name);
}

/** Says yes and sends nothing. */
const swallowWrite: Socket['write'] = (
  _chunk: unknown,
  encodingOrCallback?: unknown,
  callback?: (error?: Error | null) => void,
) => {
  const done = typeof encodingOrCallback === 'function' ? encodingOrCallback : callback;
  done?.();
  return true;
};
