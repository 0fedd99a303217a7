import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribedApi, expressRoutes } from '@smart-meter/servers';
import { openApiDocument } from '../src/http/openapi/document';
import { LivedInCorrelator, startLivedInCorrelator } from './support/lived-in-correlator';
import { RunningCorrelator } from './support/running-correlator';

const TOKEN = 'a-token-of-this-test';
const api = new DescribedApi(openApiDocument);
let home: LivedInCorrelator;
let unpriced: LivedInCorrelator;
let guarded: LivedInCorrelator;
let service: RunningCorrelator;

jest.setTimeout(60_000);

beforeAll(async () => {
  home = await startLivedInCorrelator({ ENERGY_PRICE: '0.3', CURRENCY: 'EUR' });
  unpriced = await startLivedInCorrelator({ CORRELATION_METHOD: 'window' });
  guarded = await startLivedInCorrelator({ API_TOKEN: TOKEN });
  service = home.service;
});

afterAll(async () => {
  await home?.stop();
  await unpriced?.stop();
  await guarded?.stop();
});

it('describes every route, and none that is not there', () => {
  expect(expressRoutes(service.app.getHttpAdapter().getInstance())).toEqual(api.routes);
});

it('has the version of the service', () => {
  const { version } = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(openApiDocument.info.version).toBe(version);
});

describe('live answers', () => {
  const queries: Record<string, string[]> = {
    '/correlations': [
      '',
      '?limit=2',
      '?entity=switch.heater&min_delta=500&min_confidence=0.1',
      '?domain=fan&from=2026-03-01T11:00:00Z&to=2026-03-01T13:00:00%2B01:00&limit=1',
      '?cursor=1772366400000-1',
    ],
    '/anomalies': ['', '?limit=1'],
    '/devices/{entity_id}/impact': ['', '?from=2026-03-01T11:00:00Z&to=2026-03-01T12:00:00Z'],
    '/top-consumers': ['', '?limit=1'],
    '/phantom-load': ['', '?nights=3'],
  };
  const requests = api.operations.flatMap(({ path, method }) =>
    (queries[path] ?? ['']).map((query) => [method, path, query] as const),
  );

  it.each(requests)('%s %s%s is what the document says', async (method, path, query) => {
    for (const { url } of [home.service, unpriced.service]) {
      const address = `${url}${path.replace('{entity_id}', 'switch.heater')}${query}`;
      const response = await fetch(address, { method: method.toUpperCase() });
      expect(response.status).toBe(200);
      expect(await api.answerFaults(path, method, response)).toEqual([]);
    }
  });

  it('are of a home in which something happened', async () => {
    const { body } = await service.get<{ correlations: unknown[]; next_cursor: string | null }>(
      '/correlations?limit=2',
    );
    expect(body).toMatchObject({
      correlations: [{ power_delta_w: expect.any(Number) as number }, {}],
      next_cursor: expect.any(String) as string,
    });
    expect((await service.get('/devices/switch.heater/impact')).body).toMatchObject({
      states: [{ state: 'on', power_w: expect.any(Number) as number }],
      cost: expect.any(Number) as number,
      learned: [{ family: 'switching' }],
    });
    expect((await service.get('/top-consumers?limit=1')).body).toMatchObject({
      consumers: [{ entity_id: 'switch.heater' }],
    });
  });
});

describe('what is refused', () => {
  const refused: [path: string, status: number, method?: string][] = [
    ['/correlations?limit=0', 400],
    ['/correlations?min_delta=', 400],
    ['/correlations?min_confidence=0x1', 400],
    ['/correlations?entity=', 400],
    ['/correlations?cursor=9999999999999999-1', 400],
    ['/anomalies?to=-271821-04-20T00:00:00Z', 400],
    ['/top-consumers?from=0001-01-01T00:00:00Z', 400],
    [`/devices/${'a'.repeat(256)}/impact`, 400],
    ['/devices/%ff/impact', 400],
    ['/devices/light.none/impact', 404],
    ['/nothing/here', 404],
    ['/correlations', 405, 'DELETE'],
    ['/devices/switch.heater/impact', 405, 'POST'],
    ['/statistics/reset', 405],
  ];

  it.each(refused)('%s: %i', async (path, status, method = 'GET') => {
    const response = await fetch(`${service.url}${path}`, { method });
    await expectProblem(response, status);
  });

  it('without the token: 401', async () => {
    const { url } = guarded.service;
    await expectProblem(await fetch(`${url}/correlations`), 401);
    const headers = { authorization: 'Bearer no' };
    await expectProblem(await fetch(`${url}/statistics/reset`, { method: 'POST', headers }), 401);
  });

  async function expectProblem(response: Response, status: number): Promise<void> {
    expect([response.status, response.headers.get('content-type')]).toEqual([
      status,
      expect.stringContaining('application/problem+json'),
    ]);
    expect(api.faults('/components/schemas/Problem', await response.json())).toEqual([]);
  }

  it('comes with the methods that there are', async () => {
    const response = await fetch(`${service.url}/devices/switch.heater/impact`, { method: 'POST' });
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    expect((await fetch(`${service.url}/devices`, { method: 'HEAD' })).status).toBe(200);
  });
});

it('needs the token for everything but what is marked as open', async () => {
  for (const { path, method, operation } of api.operations) {
    const { status } = await fetch(`${guarded.service.url}${path}`, { method: method.toUpperCase() });
    expect([path, status]).toEqual([path, operation.security?.length === 0 ? 200 : 401]);
  }
});

it('shows examples that are what they are examples of', () => {
  expect(api.exampleFaults()).toEqual([]);
});

it('refers only to what is there, and uses all of it', () => {
  expect(api.referenceFaults()).toEqual([]);
});

it('is shown to people and told to programs', async () => {
  const html = await (await fetch(`${service.url}/docs`)).text();
  for (const { path } of api.operations) expect(html).toContain(`<code>${path}</code>`);
  for (const name of Object.keys(openApiDocument.components.schemas))
    expect(html).toContain(`id="schema-${name}"`);
  const { body } = await service.get('/openapi.json');
  expect(body).toEqual(JSON.parse(JSON.stringify(openApiDocument)));
});
