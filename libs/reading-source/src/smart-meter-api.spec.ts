import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { MeterReading } from '@smart-meter/meter-adapter';
import { SmartMeterApi } from './smart-meter-api';

const PERIOD = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-03-01T01:00:00Z') };
const ROW = {
  timestamp: '2026-03-01T00:00:10.000Z',
  averaged_over_s: 0,
  provenance: 'live',
  total_power_w: 230.5,
  solar_power_w: null,
  circuits: [{ id: 'a', name: 'Küche', power_w: 12, percentage: 5 }],
};

describe('SmartMeterApi', () => {
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const { signal } = new AbortController();

  beforeAll(async () => {
    server = createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const api = (options = {}) =>
    new SmartMeterApi({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      silenceMs: 1_000,
      ...options,
    });

  async function read(options = {}): Promise<MeterReading[]> {
    const readings: MeterReading[] = [];
    for await (const reading of api(options).readings(PERIOD, signal)) readings.push(reading);
    return readings;
  }

  it('asks for raw readings and reads them, also when a line or a letter comes in pieces', async () => {
    let asked: URL | undefined;
    let authorization: string | undefined;
    answer = (request, response) => {
      asked = new URL(request.url ?? '', 'http://localhost');
      authorization = request.headers.authorization;
      const bytes = Buffer.from(
        `${JSON.stringify(ROW)}\n${JSON.stringify({ ...ROW, provenance: 'backfill' })}`,
      );
      const middleOfLetter = bytes.indexOf('ü') + 1;
      response.write(bytes.subarray(0, middleOfLetter));
      setTimeout(() => response.end(bytes.subarray(middleOfLetter)), 20);
    };
    const readings = await read({ token: 's3cret', circuits: ['a', 'b'] });
    expect(asked?.pathname).toBe('/readings');
    expect(Object.fromEntries(asked?.searchParams ?? [])).toEqual({
      every: 'raw',
      format: 'ndjson',
      circuits: 'a,b',
      from: '2026-03-01T00:00:00.000Z',
      to: '2026-03-01T01:00:00.000Z',
    });
    expect(authorization).toBe('Bearer s3cret');
    expect(readings.map(({ provenance }) => provenance)).toEqual(['live', 'backfill']);
    expect(readings[0]).toMatchObject({
      observedAt: new Date('2026-03-01T00:00:10Z'),
      totalPowerW: 230.5,
      solarPowerW: null,
      circuits: [{ id: 'a', name: 'Küche', powerW: 12 }],
    });
    expect(readings[0]).not.toHaveProperty('gridPowerW');
  });

  it.each([
    [401, 'authentication'],
    [429, 'rate_limited'],
    [404, 'unsupported'],
    [503, 'unavailable'],
  ])('HTTP %i is %s', async (status, code) => {
    answer = (_request, response) => response.writeHead(status, { 'retry-after': '7' }).end('no');
    await expect(read()).rejects.toMatchObject({ code, ...(status === 429 ? { retryAfterMs: 7_000 } : {}) });
  });

  it.each([
    ['not JSON', '{"timestamp":'],
    ['a reading without a time', JSON.stringify({ ...ROW, timestamp: 'x' })],
    ['a reading of unknown provenance', JSON.stringify({ ...ROW, provenance: 'guess' })],
    ['circuits that are no list', JSON.stringify({ ...ROW, circuits: 7 })],
  ])('refuses %s', async (_what, line) => {
    answer = (_request, response) => response.end(`${line}\n`);
    await expect(read()).rejects.toMatchObject({ code: 'malformed_response' });
  });

  it('does not take half of an answer for all of it', async () => {
    answer = (_request, response) => {
      response.write(`${JSON.stringify(ROW)}\n`);
      setTimeout(() => response.destroy(), 20);
    };
    await expect(read()).rejects.toMatchObject({ code: 'unavailable' });
    answer = (_request, response) => void response.write(`${JSON.stringify(ROW)}\n`);
    await expect(read()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('follows the stream until it is told to stop', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('retry: 2000\n\n: still here\n\n');
      response.write(`id: 1\nevent: reading\ndata: ${JSON.stringify(ROW)}\n\n`);
    };
    const stop = new AbortController();
    let connected = 0;
    const readings: MeterReading[] = [];
    await api().follow(
      {
        onConnected: () => (connected += 1),
        onReading: (reading) => {
          readings.push(reading);
          stop.abort();
        },
      },
      stop.signal,
    );
    expect([connected, readings.length]).toEqual([1, 1]);
    answer = (_request, response) => response.writeHead(200).end(': bye\n\n');
    const listener = { onConnected: () => undefined, onReading: () => undefined };
    await expect(api().follow(listener, signal)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
