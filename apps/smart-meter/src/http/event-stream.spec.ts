import { createServer, get, IncomingMessage, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import type { Journal } from '@smart-meter/journal';
import { FakeClock } from '@smart-meter/meter-adapter-testkit';
import { ReadingHub } from '../collection/reading-hub';
import { EventStream } from './event-stream';

let server: Server;

afterEach(() => new Promise((resolve) => server.close(resolve)));

it('turns away who comes while the service stops, so that its server can close', async () => {
  const stream = new EventStream({
    hub: new ReadingHub(),
    journal: { readings: () => [] } as unknown as Journal,
    meterId: 'meter',
    clock: new FakeClock(),
  });
  server = createServer((_request, response) => stream.add(response, undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const open = () =>
    new Promise<IncomingMessage>((resolve, reject) => {
      get({ host: '127.0.0.1', port, agent: false }, resolve).on('error', reject);
    });
  stream.start();
  const early = await open();
  expect(early.statusCode).toBe(200);
  stream.stop();
  await new Promise((resolve) => early.resume().on('end', resolve));
  const late = await open();
  expect(late.statusCode).toBe(503);
  await new Promise((resolve) => late.resume().on('end', resolve));
  expect(stream.clientCount).toBe(0);
});
