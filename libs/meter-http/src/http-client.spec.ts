import { createServer, RequestListener, Server } from 'node:http';
import { AddressInfo, createServer as createTcpServer } from 'node:net';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { isMeterError, systemClock } from '@smart-meter/meter-adapter';
import { HttpClient, HttpRequest } from './http-client';

const signal = new AbortController().signal;
const servers: { close(): unknown }[] = [];

async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  servers.push({ close: () => (server.closeAllConnections(), server.close()) });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const client = new HttpClient({
  peer: 'The meter',
  clock: systemClock,
  maxBodyBytes: 1024 * 1024,
});
const failure = (httpRequest: Omit<HttpRequest, 'signal'>) =>
  client.json({ signal, ...httpRequest }).then(
    () => undefined,
    (error: unknown) => (isMeterError(error) ? error : undefined),
  );

afterEach(() => servers.splice(0).forEach((server) => server.close()));

describe('HttpClient', () => {
  it('sends and reads JSON, compressed or not', async () => {
    const url = await serve((incoming, answer) => {
      let body = '';
      incoming.on('data', (chunk) => (body += chunk));
      incoming.on('end', () => {
        answer.setHeader('content-encoding', 'gzip');
        answer.end(gzipSync(JSON.stringify({ got: JSON.parse(body), method: incoming.method })));
      });
    });
    const { value } = await client.json({ url, method: 'POST', jsonBody: { a: 1 }, signal });
    expect(value).toEqual({ got: { a: 1 }, method: 'POST' });
  });

  it.each([
    [401, 'authentication', false],
    [403, 'authentication', false],
    [404, 'unsupported', false],
    [302, 'configuration', false],
    [500, 'unavailable', true],
    [503, 'unavailable', true],
    [429, 'rate_limited', true],
  ])('turns HTTP %d into %s', async (status, code, retryable) => {
    const url = await serve((_incoming, answer) => {
      answer.writeHead(status, { 'retry-after': '7' }).end('no');
    });
    expect(await failure({ url })).toMatchObject({ code, retryable });
  });

  it('passes Retry-After on', async () => {
    const url = await serve((_incoming, answer) => answer.writeHead(429, { 'retry-after': '7' }).end());
    expect(await failure({ url })).toMatchObject({ retryAfterMs: 7000 });
  });

  it('says that nothing listens', async () => {
    const url = await serve(() => undefined);
    servers.splice(0).forEach((server) => server.close());
    expect(await failure({ url })).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('nothing listens there'),
    });
  });

  it('does not wait for ever', async () => {
    const url = await serve(() => undefined);
    expect(await failure({ url, timeoutMs: 300 })).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('did not answer within 0.3 s'),
    });
  });

  it('does not wait for ever for the rest of a body either', async () => {
    const url = await serve((_incoming, answer) => void answer.write('{"a":'));
    expect(await failure({ url, timeoutMs: 300 })).toMatchObject({ code: 'unavailable' });
  });

  it('reads no endless body', async () => {
    let sentBytes = 0;
    const url = await serve((_incoming, answer) => {
      const block = Buffer.alloc(65536, 32);
      const more = () => {
        while (sentBytes < 100 * 1024 * 1024 && answer.write(block)) sentBytes += block.length;
      };
      answer.on('drain', more);
      more();
    });
    expect(await failure({ url })).toMatchObject({
      code: 'malformed_response',
      message: expect.stringContaining('more than 1 MiB'),
    });
    expect(sentBytes).toBeLessThan(50 * 1024 * 1024);
  });

  it('reads no bomb', async () => {
    const url = await serve((_incoming, answer) => {
      answer.setHeader('content-encoding', 'gzip');
      answer.end(gzipSync(Buffer.alloc(20 * 1024 * 1024)));
    });
    expect(await failure({ url })).toMatchObject({ message: expect.stringContaining('more than 1 MiB') });
  });

  it('notices a body that was cut short', async () => {
    const url = await serve((_incoming, answer) => {
      answer.writeHead(200, { 'content-length': '100' });
      answer.write('{"a":1');
      setTimeout(() => answer.destroy(), 20);
    });
    expect(await failure({ url })).toMatchObject({ code: 'unavailable', retryable: true });
  });

  it('says so when the answer is a page and not data', async () => {
    const url = await serve((_incoming, answer) => {
      answer.setHeader('content-type', 'text/html');
      answer.end('<html>token-like-text</html>');
    });
    const error = await failure({ url });
    expect(error).toMatchObject({
      code: 'malformed_response',
      message: expect.stringContaining('text/html'),
    });
    // Nor in what hangs on it: the JSON parser's own error quotes what it read.
    expect(inspect(error, { depth: null })).not.toContain('token-like-text');
  });

  it('says so when no HTTP server answers', async () => {
    const server = createTcpServer((socket) => void socket.end('SSH-2.0-OpenSSH\r\n'));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const error = await failure({ url });
    expect(error).toMatchObject({ message: expect.stringContaining('does not speak HTTP') });
    expect(inspect(error, { depth: null })).not.toContain('OpenSSH');
  });

  it.each(['ftp://host/', 'not a url', ''])('refuses the URL %p without quoting it', async (url) => {
    expect(await failure({ url })).toMatchObject({ code: 'configuration' });
  });

  it("rethrows the caller's own abort", async () => {
    const url = await serve(() => undefined);
    const stop = new AbortController();
    const asking = client.json({ url, signal: stop.signal });
    stop.abort(new Error('told to stop'));
    await expect(asking).rejects.toThrow('told to stop');
  });
});
