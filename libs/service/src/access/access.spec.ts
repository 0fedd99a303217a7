import { createServer, request, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { Secret } from '@smart-meter/meter-adapter';
import express from 'express';
import { protect } from './protect';

let server: Server | undefined;

async function serve(options: { host?: string; token?: string; allowedHosts?: string[] } = {}) {
  const app = express();
  protect({ use: (...handlers: express.RequestHandler[]) => app.use(...handlers) } as never, {
    host: options.host ?? '127.0.0.1',
    token: options.token === undefined ? undefined : new Secret(options.token),
    allowedHosts: options.allowedHosts ?? [],
    isOpen: (path) => path === '/health/live',
  });
  app.get('/stream', (_request, response) => response.flushHeaders());
  app.use((_request, response) => void response.json({ ok: true }));
  server = createServer(app);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return (path: string, { method = 'GET', host = 'localhost', authorization = '' } = {}) =>
    new Promise<{ status: number; body: string; headers: Record<string, unknown> }>((resolve, reject) => {
      const outgoing = request(
        { port, path, method, headers: { host, ...(authorization ? { authorization } : {}) } },
        (incoming) => {
          let body = '';
          incoming.on('data', (chunk) => (body += chunk));
          incoming.on('end', () =>
            resolve({ status: incoming.statusCode ?? 0, body, headers: incoming.headers }),
          );
        },
      );
      outgoing.on('error', reject).end();
    });
}

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

describe('protect', () => {
  it.each([
    'localhost:8014',
    '192.168.1.20:8014',
    '[::1]:8014',
    'smart-meter:8014',
    'meter.local',
    'METER.LAN',
  ])('knows the host %s', async (host) => {
    expect((await (await serve())('/consumption', { host })).status).toBe(200);
  });

  it.each(['evil.example', 'localhost.evil.example', '192.168.1.20.evil.example', '@'])(
    'refuses the host %s, under which a strange page could reach us',
    async (host) => {
      const { status, body } = await (await serve())('/consumption', { host });
      expect(status).toBe(421);
      expect(JSON.parse(body)).toMatchObject({ code: 'unknown_host' });
    },
  );

  it('takes further names from the configuration', async () => {
    const ask = await serve({ allowedHosts: ['meter.example.org'] });
    expect((await ask('/', { host: 'meter.example.org' })).status).toBe(200);
  });

  it('asks for the token everywhere but at what is open', async () => {
    const ask = await serve({ token: 'correct horse' });
    expect((await ask('/consumption')).status).toBe(401);
    expect((await ask('/consumption', { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await ask('/collect', { method: 'POST' })).status).toBe(401);
    expect((await ask('/health/live')).status).toBe(200);
    expect((await ask('/health/live', { method: 'POST' })).status).toBe(401);
    expect((await ask('/consumption', { authorization: 'Bearer correct horse' })).status).toBe(200);
  });

  it('lets nobody change anything over the network without a token', async () => {
    const ask = await serve({ host: '0.0.0.0' });
    expect((await ask('/consumption')).status).toBe(200);
    expect((await ask('/collect', { method: 'POST' })).status).toBe(403);
  });

  it('slows down whoever guesses', async () => {
    const ask = await serve({ token: 'correct horse' });
    const statuses = new Set<number>();
    for (let i = 0; i < 40; i += 1) statuses.add((await ask('/', { authorization: `Bearer ${i}` })).status);
    expect([...statuses]).toEqual([401, 429]);
  });

  it('slows down whoever guesses many at once', async () => {
    const ask = await serve({ token: 'correct horse' });
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => ask('/', { authorization: `Bearer ${i}` })),
    );
    const refused = answers.filter(({ status }) => status === 401);
    expect([refused.length, answers.length - refused.length]).toEqual([30, 10]);
    expect((await ask('/', { authorization: 'Bearer correct horse' })).status).toBe(429);
  });

  it.each(['stay open', 'are left'])('counts no answers that %s', async (what) => {
    const ask = await serve();
    const { port } = server?.address() as AddressInfo;
    for (let i = 0; i < 100; i += 1) {
      const status = await new Promise((resolve, reject) => {
        const stream = request({ port, path: '/stream', headers: { host: 'localhost' } }, (response) => {
          resolve(response.statusCode);
          if (what === 'are left') response.destroy();
        });
        stream.on('error', reject).end();
      });
      expect(status).toBe(200);
    }
    expect((await ask('/consumption')).status).toBe(200);
  });

  it('sends a strict content policy and says nothing of itself', async () => {
    const { headers } = await (await serve())('/');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['strict-transport-security']).toBeUndefined();
  });
});
