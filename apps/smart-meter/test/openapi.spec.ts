import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHousehold } from '@smart-meter/household';
import { DescribedApi, expressRoutes } from '@smart-meter/servers';
import { OpenApiDocument } from '@smart-meter/service';
import { HomeAssistantSimulator } from '@smart-meter/simulators';
import { request } from 'undici';
import { openApiDocument } from '../src/http/openapi/document';
import { WORKSPACE } from './support/documentation';
import { RunningService, waitFor } from './support/running-service';

const api = new DescribedApi(openApiDocument);

const TOKEN = 'a-token-of-this-test';
let service: RunningService;
let guarded: RunningService;
let homeAssistant: HomeAssistantSimulator;

jest.setTimeout(60_000);

beforeAll(async () => {
  homeAssistant = await HomeAssistantSimulator.start({
    household: createHousehold({ seed: 2, solar: true, battery: true }),
  });
  service = await RunningService.start({
    LOG_LEVEL: 'fatal',
    ENERGY_PRICE: '0.3',
    HOME_ASSISTANT_URL: homeAssistant.url,
    HOME_ASSISTANT_TOKEN: homeAssistant.token,
  });
  guarded = await RunningService.start({ LOG_LEVEL: 'fatal', API_TOKEN: TOKEN });
  await waitFor('readings', async () => {
    const { body } = await service.get<{ readings: unknown[] }>('/readings');
    return body.readings.length >= 2;
  });
});

afterAll(async () => {
  await service?.stop();
  await guarded?.stop();
  await homeAssistant?.close();
});

it('describes every route, and none that is not there', () => {
  expect(expressRoutes(service.app.getHttpAdapter().getInstance())).toEqual(api.routes);
});

it('has the version of the service', () => {
  const { version } = JSON.parse(readFileSync(join(WORKSPACE, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(openApiDocument.info.version).toBe(version);
});

describe('live answers', () => {
  const queries: Record<string, string[]> = {
    '/readings': [
      '',
      '?circuits=none&limit=1',
      '?every=5m',
      '?every=10',
      '?every=day',
      '?format=csv',
      '?format=ndjson',
    ],
    '/energy': ['', '?per=month&circuits=all'],
  };
  const requests = api.operations
    .filter(({ path }) => path !== '/stream')
    .flatMap(({ path, method }) => (queries[path] ?? ['']).map((query) => [method, path, query] as const));

  it.each(requests)('%s %s%s is what the document says', async (method, path, query) => {
    const response = await fetch(`${service.url}${path}${query}`, { method: method.toUpperCase() });
    expect(response.status).toBe(200);
    expect(await api.answerFaults(path, method, response)).toEqual([]);
  });

  it('GET /stream tells readings', async () => {
    const stop = new AbortController();
    const response = await fetch(`${service.url}/stream`, {
      signal: stop.signal,
      headers: { 'last-event-id': '0' },
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (/^data: .*\n\n/m.test(text)) break;
    }
    stop.abort();
    expect(
      api.faults('/components/schemas/Reading', JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '')),
    ).toEqual([]);
  });

  it('holds to the document in what it refuses', async () => {
    const refused: [RunningService, string, RequestInit, number][] = [
      [service, '/readings?limit=0', {}, 400],
      [service, '/nothing/here', {}, 404],
      [service, '/consumption', { method: 'DELETE' }, 405],
      [service, '/collect', {}, 405],
      [guarded, '/consumption', {}, 401],
      [guarded, '/collect', { method: 'POST', headers: { authorization: 'Bearer no' } }, 401],
    ];
    for (const [target, path, init, status] of refused) {
      const response = await fetch(`${target.url}${path}`, init);
      expect([path, response.status, response.headers.get('content-type')]).toEqual([
        path,
        status,
        expect.stringContaining('application/problem+json'),
      ]);
      expect(api.faults('/components/schemas/Problem', await response.json())).toEqual([]);
    }
  });

  it('says which methods there are', async () => {
    const response = await fetch(`${service.url}/consumption`, { method: 'POST' });
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    expect((await fetch(`${service.url}/consumption`, { method: 'HEAD' })).status).toBe(200);
  });
});

describe('ETag', () => {
  it.each([
    '/openapi.json',
    '/sources',
    '/phantom-load',
    '/gaps?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z',
    '/readings?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z',
    '/energy?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z',
  ])('spares a caller of %s what has not changed', async (path) => {
    // Not fetch, which forbids caches to answer as soon as it sees a condition.
    const first = await request(`${service.url}${path}`);
    const etag = String(first.headers.etag);
    expect(etag).toMatch(/^(W\/)?"/);
    await first.body.dump();
    const again = await request(`${service.url}${path}`, { headers: { 'if-none-match': etag } });
    expect([again.statusCode, await again.body.text()]).toEqual([304, '']);
  });
});

it('needs the token for everything but what is marked as open', async () => {
  for (const { path, method, operation } of api.operations) {
    const stop = new AbortController();
    const { status } = await fetch(`${guarded.url}${path}`, {
      method: method.toUpperCase(),
      signal: stop.signal,
    });
    stop.abort();
    expect([path, status]).toEqual([path, operation.security?.length === 0 ? 200 : 401]);
  }
});

it('shows examples that are what they are examples of', () => {
  expect(api.exampleFaults()).toEqual([]);
});

it('refers only to what is there, and uses all of it', () => {
  expect(api.referenceFaults()).toEqual([]);
});

describe('/docs', () => {
  it('shows every operation and shape, keeps to the content policy, and works under a prefix', async () => {
    const response = await fetch(`${service.url}/docs`);
    const html = await response.text();
    for (const { path } of api.operations) expect(html).toContain(`<code>${path}</code>`);
    for (const name of Object.keys(openApiDocument.components.schemas))
      expect(html).toContain(`id="schema-${name}"`);
    expect(html).not.toMatch(/<script|<style| style=| on\w+=/i);
    expect(response.headers.get('content-security-policy')).toContain("style-src 'self'");
    const addresses = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, address = '']) => address);
    expect(addresses.filter((address) => address.startsWith('/'))).toEqual([]);
    const anchors = addresses.filter((address) => address.startsWith('#')).map((address) => address.slice(1));
    expect(anchors.filter((id) => !html.includes(`id="${id}"`))).toEqual([]);
  });

  it('is the same document that programs read', async () => {
    const { body } = await service.get<OpenApiDocument>('/openapi.json');
    expect(body).toEqual(JSON.parse(JSON.stringify(openApiDocument)));
  });
});
