import { connect } from 'node:net';
import { once } from 'node:events';
import { jsonResponse } from './faulty-response';
import { SimulatorServer } from './simulator-server';

const body = { values: Array.from({ length: 200 }, (_, index) => index) };
const text = JSON.stringify(body);

describe('SimulatorServer', () => {
  let server: SimulatorServer;

  beforeEach(async () => {
    server = await SimulatorServer.start({ handle: () => jsonResponse(body), compress: true });
  });

  afterEach(() => server.close());

  const get = (path = '/api/states', headers: Record<string, string> = {}): Promise<Response> =>
    fetch(server.url + path, { headers, signal: AbortSignal.timeout(5000) });

  it('answers, compressed where the client asks for it, and counts', async () => {
    expect(await (await get()).json()).toEqual(body);
    expect((await get('/x', { 'accept-encoding': 'identity' })).headers.get('content-encoding')).toBeNull();
    expect((await get('/x', { 'accept-encoding': 'gzip' })).headers.get('content-encoding')).toBe('gzip');
    expect(server.counters.requestsByName.get('GET /x')).toBe(2);
    expect(server.counters.requestTotal).toBe(3);
    expect(server.counters.bytesSent).toBeGreaterThan(text.length);
  });

  it('goes through a list of statuses with Retry-After, then answers well again', async () => {
    server.faults.next(
      [{ kind: 'status', status: 429, retryAfterS: 5 }, null, { kind: 'status', status: 503 }],
      { path: /^\/api\/states/ },
    );
    expect((await get('/other')).status).toBe(200);
    const limited = await get();
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '5']);
    expect((await get()).status).toBe(200);
    expect(server.faults.pending).toBe(true);
    expect((await get()).status).toBe(503);
    expect(server.faults.pending).toBe(false);
    expect((await get()).status).toBe(200);
  });

  it('repeats, skips, goes on until called off', async () => {
    server.faults.next({ kind: 'html' }, { times: 2, skip: 1 });
    const types = [await get(), await get(), await get(), await get()].map((one) =>
      one.headers.get('content-type'),
    );
    expect(types).toEqual(['application/json', 'text/html', 'text/html', 'application/json']);
    const callOff = server.faults.always({ kind: 'body', body: '{"state": NaN}' });
    expect(await (await get()).text()).toBe('{"state": NaN}');
    expect(await (await get()).text()).toBe('{"state": NaN}');
    callOff();
    expect(await (await get()).text()).toBe(text);
    server.faults.next({ kind: 'rewrite', rewrite: (given) => given.replace('[0,', '["zero",') });
    expect(await (await get()).json()).toEqual({ values: ['zero', ...body.values.slice(1)] });
  });

  it.each([
    { kind: 'drop' },
    { kind: 'drop', afterBytes: 100 },
    { kind: 'truncate', afterBytes: 100 },
  ] as const)('breaks off: %p', async (fault) => {
    server.faults.next(fault);
    await expect(get('/', { 'accept-encoding': 'identity' }).then((one) => one.text())).rejects.toThrow();
    expect(await (await get()).json()).toEqual(body);
  });

  it('hangs, and takes its time', async () => {
    server.faults.next({ kind: 'hang' });
    await expect(fetch(server.url, { signal: AbortSignal.timeout(100) })).rejects.toThrow(/timeout/i);
    server.faults.next([
      { kind: 'delay', delayMs: 30 },
      { kind: 'slow', bytesPerSecond: 20_000 },
    ]);
    expect(await (await get()).json()).toEqual(body);
    expect(await (await get('/', { 'accept-encoding': 'identity' })).json()).toEqual(body);
  });

  it.each([1_000_000, 1_000_001])('streams a well-formed body of %d bytes', async (bytes) => {
    server.faults.next({ kind: 'huge', bytes });
    const received = await (await get()).text();
    expect(received).toHaveLength(bytes);
    expect(JSON.parse(received)[0]).toBe(0);
  });

  it('goes down and comes back on the same port', async () => {
    const { url } = server;
    await get();
    await server.refuseConnections();
    await expect(get()).rejects.toThrow();
    await server.acceptConnections();
    expect(server.url).toBe(url);
    expect((await get()).status).toBe(200);
  });

  it('leaves connections half-open: nothing comes, nothing ends', async () => {
    const port = Number(new URL(server.url).port);
    const socket = connect(port, '127.0.0.1');
    const received: string[] = [];
    socket.on('data', (chunk) => received.push(String(chunk)));
    const request = 'GET / HTTP/1.1\r\nhost: simulator\r\n\r\n';
    socket.write(request);
    await once(socket, 'data');
    server.freezeConnections();
    const before = received.join('');
    socket.write(request);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(received.join('')).toBe(before);
    expect([socket.destroyed, socket.readableEnded]).toEqual([false, false]);
    expect((await get()).status).toBe(200);
    socket.destroy();
  });
});
