import { createServer, get, IncomingMessage, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import express from 'express';
import { sendInTurns } from './send-in-turns';

const LINE = `${'x'.repeat(999)}\n`;

let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
});

/** A server whose every answer is these texts, and how its last answer ended. */
async function serve(texts: () => Iterable<string>) {
  const ends: unknown[] = [];
  const app = express();
  app.use((_request, response) => {
    sendInTurns(response, texts()).then(
      () => ends.push('quietly'),
      (error: unknown) => ends.push(error),
    );
  });
  server = createServer(app);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const ask = () =>
    new Promise<IncomingMessage>((resolve, reject) => {
      get({ port, agent: false }, resolve).on('error', reject);
    });
  return { ask, ends };
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return text;
}

it('sends a short answer whole, with a tag', async () => {
  const { ask } = await serve(() => ['a', '', 'b']);
  const response = await ask();
  expect(response.headers).toMatchObject({ 'content-length': '2', etag: expect.stringMatching(/^W?/) });
  expect(await textOf(response)).toBe('ab');
});

it('sends a long answer in order, and leaves others their turn in between', async () => {
  let made = 0;
  const { ask } = await serve(function* () {
    for (; made < 10_000; made += 1) yield LINE;
  });
  const seen = new Set<number>();
  const watching = (async () => {
    while (made < 10_000) {
      seen.add(made);
      await setImmediate();
    }
  })();
  expect(await textOf(await ask())).toBe(LINE.repeat(10_000));
  await watching;
  expect(seen.size).toBeGreaterThan(100);
});

it('makes no more than is read, and nothing once the caller is gone', async () => {
  let made = 0;
  const { ask, ends } = await serve(function* () {
    for (; made < 100_000; made += 1) yield LINE;
  });
  const response = await ask();
  // Until the buffers of the system are full.
  for (let before = -1; before !== made;) {
    before = made;
    await setTimeout(200);
  }
  expect(made).toBeLessThan(50_000);
  response.destroy();
  while (ends.length === 0) await setTimeout(5);
  expect(ends).toEqual(['quietly']);
  const madeAtTheEnd = made;
  await setTimeout(50);
  expect(made).toBe(madeAtTheEnd);
});

it('breaks an answer off where its making fails', async () => {
  const { ask, ends } = await serve(function* () {
    for (let i = 0; i < 5_000; i += 1) yield LINE;
    throw new Error('the disk is gone');
  });
  await expect(textOf(await ask())).rejects.toThrow('aborted');
  expect(ends).toEqual([new Error('the disk is gone')]);
});
