import { AddressInfo } from 'node:net';
import { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import { createLogger, LogLevel } from './logger';
import { requestLog } from './request-log';

interface Entry {
  requestId?: string;
  msg: string;
  path?: string;
  status?: number;
  cutOff?: boolean;
}

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

async function serve(level: LogLevel) {
  const entries: Entry[] = [];
  const logger = createLogger({
    service: 'test',
    level,
    secrets: [],
    destination: { write: (line) => void entries.push(JSON.parse(line) as Entry) },
  });
  const app = express();
  app.use(requestLog(logger));
  app.get('/slow', async (request, response) => {
    await sleep(5);
    logger.info({ wanted: request.query['wanted'] }, 'working');
    response.json({});
  });
  app.get('/endless', (_request, response) => response.flushHeaders());
  await new Promise<void>((resolve) => (server = app.listen(0, '127.0.0.1', () => resolve())));
  const url = `http://127.0.0.1:${(server?.address() as AddressInfo).port}`;
  return { entries, logger, url };
}

it('gives every request a name of its own, in its answer and in its entries alone', async () => {
  const { entries, logger, url } = await serve('info');
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const response = await fetch(`${url}/slow?wanted=${i}`);
      return [String(i), response.headers.get('x-request-id')] as const;
    }),
  );
  expect(new Set(answers.map(([, id]) => id)).size).toBe(20);
  const told = entries.map((entry) => [(entry as { wanted?: string }).wanted, entry.requestId]);
  expect(told.sort()).toEqual([...answers].sort());
  logger.info('by itself');
  expect(entries.at(-1)).not.toHaveProperty('requestId');
});

it.each([
  ['from-a-proxy.1', true],
  ['two words', false],
  ['x'.repeat(65), false],
])('is called %p: %p', async (given, isTaken) => {
  const { url } = await serve('info');
  const { headers } = await fetch(`${url}/slow`, { headers: { 'X-Request-Id': given } });
  expect(headers.get('x-request-id') === given).toBe(isTaken);
  expect(headers.get('x-request-id')).toMatch(/^[\w.-]{1,64}$/);
});

it('notes answers where that is asked for, without their parameters', async () => {
  const { entries, url } = await serve('debug');
  await fetch(`${url}/slow?wanted=1`, { headers: { 'X-Request-Id': 'a' } });
  const stop = new AbortController();
  await fetch(`${url}/endless`, { headers: { 'X-Request-Id': 'b' }, signal: stop.signal });
  stop.abort();
  const answered = () => entries.filter(({ msg }) => msg === 'answered');
  while (answered().length < 2) await sleep(5);
  expect(answered()).toMatchObject([
    { requestId: 'a', path: '/slow', status: 200, cutOff: false },
    { requestId: 'b', path: '/endless', status: 200, cutOff: true },
  ]);
});
