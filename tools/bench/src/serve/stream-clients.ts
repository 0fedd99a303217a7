import { ClientRequest, get, IncomingMessage } from 'node:http';

/** What one client of a stream has seen. */
export interface StreamClient {
  /** Ids of its events, as they came: each is an instant, ms. */
  ids: number[];
  /** When they came, ms. */
  arrivalsMs: number[];
  isOpen: boolean;
}

/** Many clients of one event stream. */
export class StreamClients {
  readonly clients: readonly StreamClient[];
  private readonly requests: ClientRequest[] = [];

  private constructor(count: number) {
    this.clients = Array.from({ length: count }, () => ({ ids: [], arrivalsMs: [], isOpen: false }));
  }

  /** Resolves when all of them are connected. */
  static async open(url: string, count: number): Promise<StreamClients> {
    const all = new StreamClients(count);
    await Promise.all(all.clients.map((client) => all.connect(url, client)));
    return all;
  }

  /** Forgets what came so far, such as what came before the last client was there. */
  forget(): void {
    for (const client of this.clients) client.ids.length = client.arrivalsMs.length = 0;
  }

  close(): void {
    for (const request of this.requests) request.destroy();
  }

  private connect(url: string, client: StreamClient): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = get(`${url}/stream`, { agent: false }, (response) => {
        client.isOpen = response.statusCode === 200;
        read(response, client);
        resolve();
      });
      request.on('error', reject);
      this.requests.push(request);
    });
  }
}

function read(response: IncomingMessage, client: StreamClient): void {
  let rest = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    const nowMs = Date.now();
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      if (!block.startsWith('id: ')) continue;
      client.ids.push(Number(block.slice('id: '.length, block.indexOf('\n'))));
      client.arrivalsMs.push(nowMs);
    }
  });
  const ended = () => (client.isOpen = false);
  response.on('close', ended).on('error', ended);
}
