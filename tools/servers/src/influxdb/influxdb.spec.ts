import { describeWithServer } from '../shared/require-server';
import { INFLUXDB, InfluxDbServer, startInfluxDb } from './influxdb';

const post = (url: string, body: string, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', body, headers, signal: AbortSignal.timeout(5_000) });

describeWithServer(INFLUXDB, 'startInfluxDb', () => {
  let influx: InfluxDbServer;

  beforeAll(async () => {
    influx = await startInfluxDb({ auth: { username: 'home', password: "o'ne:1" } });
    await influx.createDatabase('home');
  });

  afterAll(() => influx.stop());

  const line = (atMs: number) => `power,circuit=a w=${atMs} ${atMs}`;
  const token = { authorization: "Token home:o'ne:1" };

  it('takes the 2.x write API on the v2 side and reads it back in ms', async () => {
    const answer = await post(
      `${influx.v2Url}/api/v2/write?org=-&bucket=home/autogen&precision=ms`,
      line(1),
      token,
    );
    expect(answer.status).toBe(204);
    const [series] = await influx.query('SELECT w FROM power', 'home');
    expect(series).toMatchObject({ name: 'power', columns: ['time', 'w'], values: [[1, 1]] });
  });

  it('translates the microseconds of 2.x', async () => {
    await post(`${influx.v2Url}/api/v2/write?bucket=home&precision=us`, line(5_000), token);
    expect(await influx.query('SELECT w FROM power WHERE w = 5000', 'home')).toMatchObject([
      { values: [[5, 5000]] },
    ]);
  });

  it('refuses wrong credentials on both sides', async () => {
    const refused = await post(`${influx.v2Url}/api/v2/write?bucket=home`, line(1), {
      authorization: 'Token home:x',
    });
    expect(refused.status).toBe(401);
    expect((await post(`${influx.url}/write?db=home`, line(1))).status).toBe(401);
  });

  it('has no Flux, and health as 1.8 tells it', async () => {
    expect((await post(`${influx.v2Url}/api/v2/query?org=-`, 'buckets()', token)).status).toBe(404);
    const health = await fetch(`${influx.v2Url}/health`);
    expect(await health.json()).toMatchObject({ status: 'pass', version: expect.stringMatching(/^1\.6/) });
  });

  it('throws the words of a refused query', async () => {
    await expect(influx.query('SELECT w FROM power', 'nope')).rejects.toThrow('database not found: nope');
    await expect(influx.query('SELEC')).rejects.toThrow('error parsing query');
  });

  it('keeps what it acknowledged through kill -9, on the same port', async () => {
    await post(`${influx.url}/write?db=home&precision=ms`, 'kept w=1 1', {
      authorization: `Basic ${btoa("home:o'ne:1")}`,
    });
    await influx.kill9();
    await expect(fetch(`${influx.url}/ping`)).rejects.toThrow();
    await expect(fetch(`${influx.v2Url}/health`)).rejects.toThrow();
    await influx.restart();
    expect(await influx.count('home', 'kept', 'w')).toBe(1);
  });

  it('answers nothing while it is suspended', async () => {
    influx.suspend();
    await expect(fetch(`${influx.url}/ping`, { signal: AbortSignal.timeout(200) })).rejects.toThrow(
      'timeout',
    );
    influx.resume();
    expect((await fetch(`${influx.url}/ping`)).status).toBe(204);
  });
});

describeWithServer(INFLUXDB, 'startInfluxDb with small limits', () => {
  it('refuses bodies over the limit', async () => {
    const influx = await startInfluxDb({ maxBodyBytes: 100 });
    await influx.createDatabase('home');
    const answer = await post(`${influx.url}/write?db=home`, `power w=1\n`.repeat(11));
    expect(answer.status).toBe(413);
    await influx.stop();
  });

  it('refuses data over the size of its cache', async () => {
    const influx = await startInfluxDb({ cacheMaxBytes: 1_000 });
    await influx.createDatabase('home');
    const lines = Array.from({ length: 500 }, (_, second) => `power w=1 ${second}`).join('\n');
    const answer = await post(`${influx.url}/write?db=home&precision=s`, lines);
    expect([answer.status, await answer.text()]).toEqual([
      500,
      expect.stringContaining('cache-max-memory-size'),
    ]);
    await influx.stop();
  });
});
