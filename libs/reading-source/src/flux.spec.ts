import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { csvRecords } from './csv';
import { fluxString, fluxText } from './flux';
import { FluxEvents, FluxReadings } from './flux-sources';

const PERIOD = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-03-01T01:00:00Z') };

async function* lines(text: string) {
  yield* text.split('\n');
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('CSV', () => {
  it('reads quotes, commas, empty cells and line ends in cells', async () => {
    expect(await all(csvRecords(lines('a,"b, ""c""",\n"two\nlines",x\n,,')))).toEqual([
      ['a', 'b, "c"', ''],
      ['two\nlines', 'x'],
      ['', '', ''],
    ]);
  });
});

describe('Flux', () => {
  let server: Server;
  let csv = '';
  let asked: { url?: string | undefined; body: string; authorization?: string | undefined };

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked = { url: request.url, body: '', authorization: request.headers.authorization };
      request.on('data', (piece: Buffer) => (asked.body += piece.toString()));
      request.on('end', () => response.end(csv));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const target = () => ({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: 't0ken',
    org: 'my org',
    bucket: 'home',
  });
  const { signal } = new AbortController();

  it('asks in Flux for exactly the period and escapes what it quotes', () => {
    expect(fluxText('ho"me', { measurement: 'm', fields: ['a', 'b'], where: 'r.x == "1"' }, PERIOD)).toBe(
      [
        'from(bucket: "ho\\"me")',
        'range(start: 2026-03-01T00:00:00.000Z, stop: 2026-03-01T01:00:00.000Z)',
        'filter(fn: (r) => r._measurement == "m" and (r._field == "a" or r._field == "b"))',
        'filter(fn: (r) => r.x == "1")',
        'pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")',
        'group()',
        'sort(columns: ["_time"])',
      ].join('\n  |> '),
    );
    expect(fluxString('${x}\\')).toBe('"\\${x}\\\\"');
  });

  it('reads readings from annotated CSV, an absent field as unknown', async () => {
    csv = [
      '#datatype,string,long,dateTime:RFC3339,double,string',
      ',result,table,_time,total_power_w,provenance',
      ',,0,2026-03-01T00:00:10Z,230.5,',
      ',,0,2026-03-01T00:00:20.5Z,,backfill',
      '',
    ].join('\r\n');
    const readings = await all(new FluxReadings(target()).readings(PERIOD, signal));
    expect(readings).toEqual([
      {
        meterId: 'influxdb',
        observedAt: new Date('2026-03-01T00:00:10Z'),
        averagedOverS: 0,
        provenance: 'live',
        totalPowerW: 230.5,
        circuits: [],
      },
      {
        meterId: 'influxdb',
        observedAt: new Date('2026-03-01T00:00:20.500Z'),
        averagedOverS: 0,
        provenance: 'backfill',
        circuits: [],
      },
    ]);
    expect(asked.url).toBe('/api/v2/query?org=my+org');
    expect(asked.authorization).toBe('Token t0ken');
    expect(JSON.parse(asked.body)).toMatchObject({ type: 'flux', dialect: { annotations: ['datatype'] } });
  });

  it('reads events of the domains asked for', async () => {
    csv = [
      '#datatype,string,long,dateTime:RFC3339,string,string,string',
      ',result,table,_time,entity_id,state_value,previous_state',
      ',,0,2026-03-01T00:00:10Z,light.a,"{""state"": ""on""}",off',
      '',
    ].join('\r\n');
    const events = await all(new FluxEvents(target(), { domains: ['light', 'fan'] }).events(PERIOD, signal));
    expect(events).toEqual([
      {
        entityId: 'light.a',
        at: new Date('2026-03-01T00:00:10Z'),
        state: '{"state": "on"}',
        previousState: 'off',
      },
    ]);
    expect(asked.body).toContain('r.domain == \\"light\\" or r.domain == \\"fan\\"');
  });

  it('reads an empty answer as nothing and an error table as a refusal', async () => {
    csv = '\r\n';
    expect(await all(new FluxReadings(target()).readings(PERIOD, signal))).toEqual([]);
    csv = '#datatype,string,string\r\n,error,reference\r\n,"bucket ""x"" not found",897\r\n';
    await expect(all(new FluxReadings(target()).readings(PERIOD, signal))).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('not found') as string,
    });
  });
});
