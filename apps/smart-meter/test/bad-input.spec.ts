import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, RequestListener, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '../src/serve';
import { RunningService, temporaryFolder } from './support/running-service';

const servers: Server[] = [];
let service: RunningService | undefined;

async function listen(listener: RequestListener): Promise<AddressInfo> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server.address() as AddressInfo;
}

afterEach(async () => {
  await service?.stop();
  service = undefined;
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const quiet = { LOG_LEVEL: 'fatal' };

describe('A service that cannot start says why', () => {
  it('when its port is in use', async () => {
    const { port } = await listen(() => undefined);
    const start = serve({ ...quiet, SERVICE_PORT: String(port), DATA_DIR: temporaryFolder() });
    await expect(start).rejects.toThrow(`port ${port} on 127.0.0.1 is in use`);
  });

  it('when its data folder cannot be written', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'not-a-folder-')), 'file');
    writeFileSync(file, '');
    await expect(serve({ ...quiet, DATA_DIR: join(file, 'data') })).rejects.toThrow(
      /data directory .* cannot be written/,
    );
  });

  it('when another service has its data folder', async () => {
    const dataDir = temporaryFolder();
    service = await RunningService.start({ ...quiet, DATA_DIR: dataDir });
    await expect(serve({ ...quiet, DATA_DIR: dataDir })).rejects.toMatchObject({ code: 'configuration' });
    expect((await service.get('/health')).status).toBe(200);
  });

  it('when its address is not of this machine', async () => {
    const start = serve({ ...quiet, SERVICE_HOST: '203.0.113.7', DATA_DIR: temporaryFolder() });
    await expect(start).rejects.toThrow('this machine has no address 203.0.113.7');
  });
});

describe('A meter that is not set up', () => {
  it.each([
    ['HOME_ASSISTANT_URL and HOME_ASSISTANT_TOKEN', { METER_TYPE: 'home_assistant' }],
    ['HOME_ASSISTANT_TOKEN', { HOME_ASSISTANT_URL: 'http://127.0.0.1:1' }],
  ])(
    'is stood in for, labelled as such, and the log asks for %s in one line',
    async (missing, environment) => {
      service = await RunningService.start(environment);
      const health = await service.get<{ status: string; details: { adapter: { message: string } } }>(
        '/health',
      );
      expect(health.status).toBe(200);
      expect(health.body.status).toBe('degraded');
      expect(health.body.details.adapter.message).toContain(`set ${missing}`);
      const { body } = await service.get('/consumption');
      expect(body['provenance']).toBe('mock');
      expect(service.log.filter((line) => line.includes(`set ${missing}`))).toHaveLength(1);
    },
  );
});

describe('A Home Assistant that is not in order', () => {
  const FAULTS: [string, RequestListener, string][] = [
    [
      'a wrong token',
      (_incoming, answer) => void answer.writeHead(401).end('401: Unauthorized'),
      'authentication',
    ],
    [
      'a web page instead of data',
      (_incoming, answer) => void answer.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>'),
      'malformed_response',
    ],
    [
      'a body that is cut short',
      (_incoming, answer) => {
        answer.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        answer.write('[{"entity_id":"sensor.total_power",');
        setTimeout(() => answer.destroy(), 20);
      },
      'unavailable',
    ],
    [
      'a body of 100 MB',
      (_incoming, answer) => {
        answer.writeHead(200, { 'content-type': 'application/json' });
        const block = Buffer.alloc(1024 * 1024, 0x20);
        let sent = 0;
        const more = () => {
          while (sent < 100) {
            sent += 1;
            if (!answer.write(block)) return;
          }
          answer.end('[]');
        };
        answer.on('drain', more);
        more();
      },
      'malformed_response',
    ],
  ];

  it.each(FAULTS)('%s becomes a typed error, no reading and no crash', async (_name, listener, code) => {
    const { port } = await listen(listener);
    service = await RunningService.start({
      HOME_ASSISTANT_URL: `http://127.0.0.1:${port}`,
      HOME_ASSISTANT_TOKEN: 'a-token-that-must-not-show',
      LOG_LEVEL: 'trace',
    });
    await service.collect();
    const { status, body } = await service.get<{
      status: string;
      failed_fetches: number;
      success_rate: number;
      details: { adapter: { last_error: { code: string } } };
    }>('/health');
    expect(status).toBe(503);
    expect(body).toMatchObject({ status: 'unhealthy', success_rate: 0 });
    expect(body.details.adapter.last_error.code).toBe(code);
    expect((await service.get('/consumption')).body['provenance']).toBe('mock');
    expect([...service.log, JSON.stringify(body)].join('\n')).not.toContain('a-token-that-must-not-show');
  });

  it('nobody at the address is said in words', async () => {
    service = await RunningService.start({
      HOME_ASSISTANT_URL: 'http://127.0.0.1:1',
      HOME_ASSISTANT_TOKEN: 'abcdefgh',
    });
    await service.collect();
    expect(service.log.join('\n')).toContain('nothing listens there');
  });

  it('values that are none cost only themselves', async () => {
    const sensor = (entity_id: string, state: string, attributes: object) => ({
      entity_id,
      state,
      attributes,
    });
    const power = { device_class: 'power', unit_of_measurement: 'W' };
    const { port } = await listen((incoming, answer) => {
      const body = incoming.url?.endsWith('/states')
        ? [
            sensor('sensor.total_power', '1500', power),
            sensor('sensor.power_comma', '12,5', power),
            sensor('sensor.power_no_unit', '40', { device_class: 'power' }),
            sensor('sensor.power_good', '60', power),
            sensor('sensor.power_text', 'NaN', power),
          ]
        : { state: 'RUNNING', version: '2026.1', time_zone: 'UTC', location_name: 'Home', components: [] };
      answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    service = await RunningService.start({
      HOME_ASSISTANT_URL: `http://127.0.0.1:${port}`,
      HOME_ASSISTANT_TOKEN: 'abcdefgh',
    });
    await service.collect();
    const { body } = await service.get<{
      total_power_w: number;
      circuits: { name: string; power_w: number | null }[];
      warnings: string[];
    }>('/consumption');
    expect(body.total_power_w).toBe(1500);
    const watts = Object.fromEntries(body.circuits.map(({ name, power_w }) => [name, power_w]));
    expect(watts).toMatchObject({
      'sensor.power_comma': null,
      'sensor.power_good': 60,
      'sensor.power_text': null,
    });
    expect(watts['sensor.power_no_unit'] ?? null).toBeNull();
    expect(body.warnings.join(' ')).toContain('sensor.power_comma');
  });
});
