import { describeWithServer, INFLUXDB, InfluxDbServer, startInfluxDb } from '@smart-meter/servers';
import { testInfluxConnection } from './probe';
import { InfluxTarget } from './target';

const probe = (target: InfluxTarget) => testInfluxConnection(target, AbortSignal.timeout(5_000));

describeWithServer(INFLUXDB, 'testInfluxConnection', () => {
  let influx: InfluxDbServer;
  const token = 'home:s3cret';

  beforeAll(async () => {
    influx = await startInfluxDb({ auth: { username: 'home', password: 's3cret' } });
    await influx.createDatabase('home');
  });
  afterAll(() => influx.stop());

  it('finds a database that takes writes, and the version', async () => {
    const ok = {
      ok: true,
      detail: expect.stringMatching(/^InfluxDB 1\.6\.7\S* takes writes to home/),
      warnings: [],
    };
    expect(await probe({ url: influx.v2Url, bucket: 'home/autogen', token })).toEqual(ok);
    expect(await probe({ url: influx.url, bucket: 'home', token, api: 'v1' })).toEqual(ok);
  });

  it.each([
    [
      'wrong credentials',
      () => ({ url: influx.v2Url, bucket: 'home', token: 'home:wr0ng' }),
      'authentication',
      '401',
    ],
    ['no credentials', () => ({ url: influx.v2Url, bucket: 'home' }), 'authentication', '401'],
    [
      'a missing database',
      () => ({ url: influx.v2Url, bucket: 'nope', token }),
      'configuration',
      'database not found',
    ],
    [
      'a missing policy',
      () => ({ url: influx.v2Url, bucket: 'home/no', token }),
      'unavailable',
      'retention policy not found',
    ],
    ['a missing API', () => ({ url: influx.url, bucket: 'home', token }), 'configuration', 'write API'],
    [
      'no server',
      () => ({ url: 'http://127.0.0.1:1', bucket: 'home', token }),
      'unavailable',
      'ECONNREFUSED',
    ],
    [
      'a bad address',
      () => ({ url: 'influx:8086', bucket: 'home', token }),
      'configuration',
      'url: expected http',
    ],
  ])('tells %s', async (_what, target, code, words) => {
    const result = await probe(target());
    expect(result).toMatchObject({ ok: false, error: { code }, detail: expect.stringContaining(words) });
    expect(JSON.stringify(result)).not.toMatch(/s3cret|wr0ng/);
  });

  it('writes nothing', async () => {
    await probe({ url: influx.v2Url, bucket: 'home', token });
    expect(await influx.query('SHOW MEASUREMENTS', 'home')).toEqual([]);
  });
});
