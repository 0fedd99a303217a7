import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { SettingDefinition } from '@smart-meter/meter-adapter';
import { serviceSettings } from '../src/configuration/settings';
import { openApiDocument } from '../src/http/openapi/document';
import { METER_CATALOGUE } from '../src/meters/catalogue';
import { RunningService, waitFor } from './support/running-service';

const paths = Object.entries(openApiDocument.paths).flatMap(([path, item]) =>
  Object.keys(item).map((method): [string, string] => [method.toUpperCase(), path]),
);

/** Some server of others, which says back whatever it was told: in its error, in a header and in what it wants next. */
let echo: Server;
let heard = '';
let address: string;

beforeAll(async () => {
  echo = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const told = [request.url, ...request.rawHeaders, Buffer.concat(chunks).toString()].join(' ');
      heard += told;
      response.writeHead(request.url?.includes('/write') ? 400 : 401, {
        'content-type': 'application/json',
        'www-authenticate': `Basic realm="${String(request.headers.authorization).replace(/"/g, '')}"`,
      });
      response.end(JSON.stringify({ message: `not allowed: ${told}`, error: told, code: 'invalid' }));
    });
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${(echo.address() as AddressInfo).port}`;
});

afterAll(() => {
  echo.close();
  echo.closeAllConnections();
});

const where: Record<string, () => Record<string, string>> = {
  home_assistant: () => ({ HOME_ASSISTANT_URL: `http://${address}` }),
  emporia: () => ({ EMPORIA_URL: `http://${address}`, EMPORIA_USERNAME: 'pat@example.net' }),
  sense: () => ({ SENSE_URL: `http://${address}`, SENSE_EMAIL: 'pat@example.net' }),
  shelly: () => ({ SHELLY_HOSTS: address }),
  homewizard: () => ({ HOMEWIZARD_HOST: address }),
  tasmota: () => ({ TASMOTA_HOSTS: address }),
  generic: () => ({ INFLUXDB_WRITE_SIMULATED: 'true' }),
};

/** Set together with these, they would exclude each other. */
const ALONE = ['METER_API_TOKEN', 'SUPERVISOR_TOKEN', 'EMPORIA_REFRESH_TOKEN'];

describe.each(METER_CATALOGUE.map(({ meterType, settings }) => ({ meterType, settings })))(
  'with the meter $meterType',
  ({ meterType, settings }) => {
    it('no answer and no entry of the log holds a secret, whatever others say back', async () => {
      const definitions: SettingDefinition[] = [
        ...Object.values<SettingDefinition>(serviceSettings),
        ...Object.values<SettingDefinition>(settings),
      ];
      const names = definitions
        .filter(({ kind, variable }) => kind === 'secret' && !ALONE.includes(variable))
        .map(({ variable }) => variable);
      // A quote and a slash: they are written in other ways in JSON and in addresses.
      const secrets = Object.fromEntries(names.map((name) => [name, `${name.toLowerCase()}-/"-Zx9`]));
      const service = await RunningService.start({
        LOG_LEVEL: 'trace',
        METER_TYPE: meterType,
        INFLUXDB_URL: `http://${address}`,
        INFLUXDB_ORG: 'home',
        INFLUXDB_BUCKET: 'home',
        CORRELATOR_URL: `http://${address}`,
        ...where[meterType]?.(),
        ...secrets,
      });
      const outputs: string[] = [];
      try {
        await service.collect().catch(() => undefined);
        if (meterType === 'generic') await waitFor('a delivery', () => heard.includes('/api/v2/write'));
        for (const [method, path] of paths) {
          for (const token of [undefined, 'wrong', secrets['API_TOKEN']]) {
            const stop = AbortSignal.timeout(path === '/stream' ? 300 : 10_000);
            const response = await fetch(`${service.url}${path}`, {
              method,
              signal: stop,
              headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
            });
            outputs.push(JSON.stringify([...response.headers]));
            outputs.push(await response.text().catch(() => ''));
          }
        }
      } finally {
        await service.stop();
      }
      expect(outputs.join('').length).toBeGreaterThan(50_000);
      const everything = [...outputs, ...service.log].join('\n');
      const shapes = Object.values(secrets).flatMap((secret) => [
        secret,
        JSON.stringify(secret).slice(1, -1),
        JSON.stringify(JSON.stringify(secret)).slice(3, -3),
        encodeURIComponent(secret),
        Buffer.from(secret).toString('base64'),
        Buffer.from(secret).toString('base64url'),
      ]);
      expect(shapes.filter((shape) => everything.includes(shape))).toEqual([]);
    }, 60_000);
  },
);
