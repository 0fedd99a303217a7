import { once } from 'node:events';
import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface WriteRequest {
  path: string;
  headers: IncomingMessage['headers'];
  lines: string[];
}

/** An answer, or what a server can do instead of answering. */
export type ScriptedAnswer =
  { status: number; headers?: Record<string, string>; body?: string } | 'hang' | 'reset';

export const STORED: ScriptedAnswer = { status: 204 };

export const jsonError = (status: number, error: string): ScriptedAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ error }),
});

/** An HTTP server on a free port that answers writes as a test says and remembers what it was sent. */
export class ScriptedInflux {
  readonly requests: WriteRequest[] = [];
  /** Lines of the requests that were answered with 2xx. */
  readonly stored = new Set<string>();
  mostAtATime = 0;
  /** Connections that the other side closed before it got its answer. */
  abandoned = 0;
  private atATime = 0;

  private constructor(
    private readonly server: Server,
    public answer: (request: WriteRequest) => ScriptedAnswer | Promise<ScriptedAnswer>,
  ) {}

  static async start(
    answer: (request: WriteRequest) => ScriptedAnswer | Promise<ScriptedAnswer> = () => STORED,
  ): Promise<ScriptedInflux> {
    const server = createServer();
    const scripted = new ScriptedInflux(server, answer);
    server.on('request', (incoming, outgoing) => void scripted.handle(incoming, outgoing));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return scripted;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
    } catch {
      return; // The other side gave up in the middle of its request.
    }
    const bytes = Buffer.concat(chunks);
    const body = (incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
    const request = { path: incoming.url ?? '', headers: incoming.headers, lines: body.split('\n') };
    this.requests.push(request);
    this.mostAtATime = Math.max(this.mostAtATime, ++this.atATime);
    const answer = await this.answer(request);
    this.atATime -= 1;
    outgoing.on('close', () => {
      if (!outgoing.writableFinished) this.abandoned += 1;
    });
    if (answer === 'hang') return;
    if (answer === 'reset') {
      incoming.socket.resetAndDestroy();
      return;
    }
    if (answer.status >= 200 && answer.status < 300) for (const line of request.lines) this.stored.add(line);
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  }
}
