import { once } from 'node:events';
import { createServer, IncomingMessage, request, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';

export interface V2Proxy {
  url: string;
  close(): Promise<void>;
}

/**
 * Gives InfluxDB 1.6 the 2.x write API in the way that 1.8 has it built in: bucket `database/policy`,
 * `Token user:password`, precision `us`, `/health`; no Flux. Everything else passes through.
 */
export async function startV2Proxy(upstreamPort: number): Promise<V2Proxy> {
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
    if (url.pathname === '/api/v2/write') {
      forward(incoming, outgoing, upstreamPort, toV1Write(url.searchParams));
    } else if (url.pathname === '/health') {
      answerHealth(outgoing, upstreamPort);
    } else {
      forward(incoming, outgoing, upstreamPort, incoming.url ?? '/');
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function toV1Write(query: URLSearchParams): string {
  const [db = '', ...policy] = (query.get('bucket') ?? '').split('/');
  const precision = query.get('precision') ?? 'ns';
  const v1 = new URLSearchParams({ db, precision: precision === 'us' ? 'u' : precision });
  if (policy.length > 0) v1.set('rp', policy.join('/'));
  return `/write?${v1}`;
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, port: number, path: string): void {
  const headers = { ...incoming.headers };
  const token = /^Token (.+)$/.exec(headers.authorization ?? '')?.[1];
  if (token !== undefined) headers.authorization = `Basic ${Buffer.from(token).toString('base64')}`;
  const upstream = request({ host: '127.0.0.1', port, path, method: incoming.method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
    answer.on('error', () => outgoing.destroy());
  });
  // A broken server looks broken from outside, too: the connection is cut, no answer is made up.
  upstream.on('error', () => outgoing.destroy());
  outgoing.on('close', () => upstream.destroy());
  incoming.on('error', () => upstream.destroy());
  incoming.pipe(upstream);
}

function answerHealth(outgoing: ServerResponse, port: number): void {
  const ping = request({ host: '127.0.0.1', port, path: '/ping' }, (answer) => {
    answer.resume();
    outgoing.writeHead(200, { 'content-type': 'application/json' });
    outgoing.end(
      JSON.stringify({
        name: 'influxdb',
        status: 'pass',
        message: 'ready for queries and writes',
        version: answer.headers['x-influxdb-version'],
      }),
    );
  });
  ping.on('error', () => outgoing.destroy());
  outgoing.on('close', () => ping.destroy());
  ping.end();
}
