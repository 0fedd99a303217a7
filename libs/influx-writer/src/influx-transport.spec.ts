import { systemClock } from '@smart-meter/meter-adapter';
import { InfluxTransport } from './influx-transport';
import { writeEndpoint } from './target';
import { ScriptedAnswer, ScriptedInflux } from './testing/scripted-influx';

const never = new AbortController().signal;

describe('InfluxTransport', () => {
  let influx: ScriptedInflux;
  let transport: InfluxTransport;

  beforeEach(async () => {
    influx = await ScriptedInflux.start();
    const endpoint = writeEndpoint({ url: influx.url, bucket: 'home' });
    transport = new InfluxTransport({
      endpoint,
      clock: systemClock,
      timeoutMs: 2_000,
      gzip: false,
      maxSockets: 1,
    });
  });

  afterEach(async () => {
    transport.close();
    await influx.stop();
  });

  const answerTo = (answer: ScriptedAnswer) => {
    influx.answer = () => answer;
    return transport.write('m w=1 1', never);
  };

  it('reads Retry-After as seconds or as a date', async () => {
    const after = (value: string) => answerTo({ status: 429, headers: { 'retry-after': value } });
    expect(await after('2')).toMatchObject({ kind: 'failed', retryAfterMs: 2_000 });
    const inAMinute = new Date(Date.now() + 60_000).toUTCString();
    const answer = await after(inAMinute);
    expect(answer).toMatchObject({ kind: 'failed', retryAfterMs: expect.any(Number) });
    expect(answer.kind === 'failed' && answer.retryAfterMs).toBeGreaterThan(50_000);
    expect(await after('soon')).toEqual({ kind: 'failed', status: 429, reason: 'Too Many Requests' });
  });

  const json = { 'content-type': 'application/json' };
  it.each<[string, ScriptedAnswer, string]>([
    ['1.x', { status: 400, headers: json, body: '{"error":"unable to parse"}' }, 'unable to parse'],
    [
      '2.x',
      { status: 400, headers: json, body: '{"code":"invalid","message":"no such field"}' },
      'no such field',
    ],
    [
      '3',
      { status: 400, headers: json, body: '{"error":"partial","data":[{"line":2}]}' },
      '{"error":"partial","data":[{"line":2}]}',
    ],
    ['a proxy', { status: 400, body: '<h1>Bad Request</h1>' }, '<h1>Bad Request</h1>'],
    ['broken JSON', { status: 400, headers: json, body: '{"error":' }, '{"error":'],
    ['a header alone', { status: 400, headers: { 'x-influxdb-error': 'bad line' } }, 'bad line'],
    ['nobody', { status: 400 }, 'Bad Request'],
  ])('hands on the words of %s', async (_who, answer, reason) => {
    expect(await answerTo(answer)).toEqual({ kind: 'refused', status: 400, reason });
  });

  it('cuts endless words', async () => {
    const answer = await answerTo({
      status: 500,
      headers: json,
      body: JSON.stringify({ error: 'x'.repeat(100_000) }),
    });
    expect(answer).toEqual({ kind: 'failed', status: 500, reason: 'x'.repeat(1_000) });
  });

  it('keeps its connection', async () => {
    const ports = new Set<unknown>();
    influx.answer = () => ({ status: 204 });
    for (let request = 0; request < 3; request += 1) {
      await transport.send('POST', '/', '', {}, never, (headers) => ports.add(headers['connection']));
    }
    expect([...ports]).toEqual(['keep-alive']);
  });

  it('rejects with the reason of its caller, and only with that', async () => {
    influx.answer = () => 'hang';
    const stop = new AbortController();
    const written = transport.write('m w=1 1', stop.signal);
    stop.abort(new Error('stopped'));
    await expect(written).rejects.toThrow('stopped');
    await expect(transport.write('m w=1 1', stop.signal)).rejects.toThrow('stopped');
  });
});
