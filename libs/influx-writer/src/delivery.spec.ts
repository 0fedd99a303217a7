import { setTimeout as sleep } from 'node:timers/promises';
import { Delivery, DeliveryOptions } from './delivery';
import { eventually } from './testing/eventually';
import { MemoryOutbox } from './testing/memory-outbox';
import { jsonError, ScriptedAnswer, ScriptedInflux, STORED, WriteRequest } from './testing/scripted-influx';

const FAST = { firstDelayMs: 2, longestDelayMs: 10, longestRetryAfterMs: 60_000 };
const numbered = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => `power,circuit=a w=1 ${first + index}`);

describe('Delivery', () => {
  let influx: ScriptedInflux;
  let outbox: MemoryOutbox;
  let delivery: Delivery;
  const logged: string[] = [];

  beforeEach(async () => {
    influx = await ScriptedInflux.start();
    outbox = new MemoryOutbox();
    logged.length = 0;
  });

  afterEach(async () => {
    await delivery.stop(0);
    await influx.stop();
  });

  function start(options: Partial<DeliveryOptions> = {}): Delivery {
    delivery = new Delivery({
      outbox,
      target: { url: influx.url, token: 'user:pa55word', org: 'my home', bucket: 'home/auto gen' },
      log: (level, message, details) => logged.push(`${level} ${message} ${JSON.stringify(details ?? {})}`),
      ...options,
      policy: { retry: FAST, ...options.policy },
    });
    delivery.start();
    return delivery;
  }

  const isEmpty = () => outbox.stats().entries === 0;

  it('writes to the v2 API with org, bucket, ms and the token', async () => {
    outbox.appendLines('power w=1 1', 'power w=2 2');
    start();
    await eventually('delivered', isEmpty);
    const [request] = influx.requests;
    expect(request?.path).toBe('/api/v2/write?org=my+home&bucket=home%2Fauto+gen&precision=ms');
    expect(request?.headers).toMatchObject({
      authorization: 'Token user:pa55word',
      'content-type': 'text/plain; charset=utf-8',
    });
    expect(request?.lines).toEqual(['power w=1 1', 'power w=2 2']);
  });

  it('writes to the v1 API with database, policy, ms and basic credentials', async () => {
    outbox.appendLines('power w=1 1');
    start({ target: { url: influx.url, token: 'user:pa55wörd', bucket: 'home/week', api: 'v1' } });
    await eventually('delivered', isEmpty);
    expect(influx.requests[0]?.path).toBe('/write?db=home&rp=week&precision=ms');
    const credentials = Buffer.from('user:pa55wörd').toString('base64');
    expect(influx.requests[0]?.headers.authorization).toBe(`Basic ${credentials}`);
  });

  it.each([200, 201, 202, 204, 206, 299])('counts %i as stored', async (status) => {
    influx.answer = () => ({ status });
    outbox.appendLines('power w=1 1');
    start();
    await eventually('delivered', isEmpty);
    expect(await delivery.status()).toMatchObject({ sentLines: 1, requests: 1, retries: 0, lastError: null });
  });

  it.each<[string, ScriptedAnswer, string]>([
    ['408', { status: 408 }, 'unavailable'],
    ['425', { status: 425 }, 'unavailable'],
    ['429', { status: 429 }, 'rate_limited'],
    ['500', jsonError(500, 'engine: cache-max-memory-size exceeded'), 'unavailable'],
    ['500 for a missing policy', jsonError(500, 'retention policy not found: x'), 'unavailable'],
    ['502', { status: 502 }, 'unavailable'],
    ['503', { status: 503, body: 'request throttled, queue full' }, 'unavailable'],
    ['504', { status: 504 }, 'unavailable'],
    ['a cut connection', 'reset', 'unreachable'],
  ])('keeps the lines through %s, alarms after some tries and goes on', async (_what, fault, code) => {
    influx.answer = () => fault;
    outbox.appendLines('power w=1 1');
    start({ policy: { alarmAfterFailures: 3 } });
    await eventually('alarmed', async () => (await delivery.status()).alarm !== null);
    expect(await delivery.status()).toMatchObject({
      state: 'backing_off',
      queuedLines: 1,
      lastError: { code },
    });
    influx.answer = () => STORED;
    await eventually('delivered', isEmpty);
    await eventually('well', async () => (await delivery.status()).state === 'idle');
    expect(await delivery.status()).toMatchObject({ alarm: null, sentLines: 1, rejectedLines: 0 });
  });

  it.each<[string, ScriptedAnswer, string, string]>([
    [
      '401',
      jsonError(401, 'authorization failed'),
      'authentication',
      'refuses the credentials: 401 authorization',
    ],
    ['403', jsonError(403, 'forbidden'), 'authentication', 'refuses the credentials: 403 forbidden'],
    ['404', jsonError(404, 'database not found: "home"'), 'not_found', 'database not found: "home"'],
    ['405', { status: 405 }, 'configuration', '405'],
    ['409', { status: 409 }, 'configuration', '409'],
    ['a redirect', { status: 307, headers: { location: '/' } }, 'configuration', '307'],
    ['a 413 to everything', { status: 413, body: 'too large' }, 'configuration', '413'],
    ['a 400 to everything', { status: 400, body: 'unsupported path' }, 'configuration', 'unsupported path'],
  ])('keeps the lines through %s and alarms at once', async (_what, fault, code, words) => {
    influx.answer = () => fault;
    outbox.appendLines(...numbered(40));
    start();
    await eventually('alarmed', async () => (await delivery.status()).alarm !== null);
    expect(await delivery.status()).toMatchObject({ state: 'blocked', queuedLines: 40, lastError: { code } });
    expect((await delivery.status()).alarm).toContain(words);
    influx.answer = () => STORED;
    await eventually('delivered', isEmpty);
    await eventually('well', async () => (await delivery.status()).state === 'idle');
    expect(outbox.quarantine).toEqual([]);
  });

  const judging =
    (
      isBad: (line: string) => boolean,
      words = 'unable to parse',
    ): ((request: WriteRequest) => ScriptedAnswer) =>
    ({ lines }) => {
      if (!lines.some(isBad)) return STORED;
      for (const line of lines) if (!isBad(line)) influx.stored.add(line);
      return jsonError(400, `partial write: ${words} dropped=0`);
    };

  it.each([400, 422])(
    'quarantines the guilty lines alone after %i, with the words of the server',
    async (status) => {
      const bad = new Set(['power,circuit=a w=1 17', 'power,circuit=a w=1 4001']);
      influx.answer = ({ lines }) =>
        lines.some((line) => bad.has(line)) ? jsonError(status, `no good (${lines.length})`) : STORED;
      for (let entry = 0; entry < 200; entry += 1) outbox.appendLines(...numbered(21, entry * 21));
      start();
      await eventually('settled', isEmpty);
      expect(new Set(outbox.quarantine.map(({ line }) => line))).toEqual(bad);
      expect(outbox.quarantine).toContainEqual({
        entryId: 1,
        line: 'power,circuit=a w=1 17',
        status,
        reason: 'no good (1)',
      });
      expect(influx.stored.size).toBe(200 * 21 - 2);
      expect(await delivery.status()).toMatchObject({
        sentLines: 4198,
        rejectedLines: 2,
        quarantinedLines: 2,
      });
      // 2 · k · log2 n and the first batch.
      expect(influx.requests.length).toBeLessThan(2 * 2 * 13 + 3);
    },
  );

  it('cuts between measurements first: a conflict of types hits one of them as a whole', async () => {
    influx.answer = judging((line) => line.startsWith('home '), 'field type conflict');
    for (let entry = 0; entry < 50; entry += 1)
      outbox.appendLines(`home w=1 ${entry}`, ...numbered(20, entry * 20));
    start();
    await eventually('settled', isEmpty);
    expect(outbox.quarantine).toHaveLength(50);
    // The batch, the other measurement at once, and each line of the guilty one.
    expect(influx.requests.length).toBeLessThan(2 * 50 + 4);
  });

  it('finds the edge of the retention in few requests', async () => {
    influx.answer = judging(
      (line) => Number(line.split(' ').at(-1)) < 3_456,
      'points beyond retention policy',
    );
    for (let entry = 0; entry < 100; entry += 1) outbox.appendLines(...numbered(50, entry * 50));
    start();
    await eventually('settled', isEmpty);
    expect(outbox.quarantine).toHaveLength(3_456);
    expect(influx.stored.size).toBe(5_000 - 3_456);
    expect(influx.requests.length).toBeLessThan(40);
  });

  it('holds a lone refused line until the server has proved that it takes others', async () => {
    influx.answer = ({ lines }) => (lines.includes('odd') ? { status: 400, body: 'no' } : STORED);
    outbox.appendLines('odd');
    start();
    await eventually('blocked', async () => (await delivery.status()).state === 'blocked');
    expect(outbox.quarantine).toEqual([]);
    outbox.appendLines('power w=1 1');
    await eventually('settled', isEmpty);
    expect(outbox.quarantine).toMatchObject([{ line: 'odd', reason: 'no' }]);
    expect(influx.stored).toEqual(new Set(['power w=1 1']));
  });

  it.each([0, 50, 99])(
    'is not stopped by an entry that fails the server every time, at place %i',
    async (place) => {
      influx.answer = ({ lines }) => (lines.includes('poison w=1 1') ? { status: 500 } : STORED);
      for (let entry = 0; entry < 100; entry += 1) {
        if (entry === place) outbox.appendLines('poison w=1 1');
        outbox.appendLines(...numbered(10, entry * 10));
      }
      start();
      await eventually('all others delivered', () => influx.stored.size === 1_000);
      await eventually('only one left', () => outbox.stats().entries === 1);
      expect(outbox.queuedLines).toEqual(['poison w=1 1']);
      expect(outbox.quarantine).toEqual([]);
    },
  );

  it('halves what is too large, remembers how much is not, and quarantines a line that alone is too large', async () => {
    const bytes = (lines: readonly string[]) => lines.join('\n').length;
    influx.answer = ({ lines }) => (bytes(lines) > 20_000 ? { status: 413 } : STORED);
    const huge = `power text="${'x'.repeat(30_000)}" 1`;
    outbox.appendLines(huge, 'power w=1 1');
    for (let entry = 0; entry < 300; entry += 1) outbox.appendLines(...numbered(20, entry * 20));
    start();
    await eventually('settled', isEmpty);
    expect(outbox.quarantine).toMatchObject([{ line: huge, status: 413 }]);
    expect(influx.stored.size).toBe(6_001);
    const tooLarge = influx.requests.filter(({ lines }) => bytes(lines) > 20_000).length;
    // Seven to learn the size, and the way to the one line.
    expect(tooLarge).toBeLessThan(7 + 14);
  });

  it('ends a request that gets no answer in time, and tries again', async () => {
    influx.answer = ({ lines }) =>
      influx.requests.length === 1 ? 'hang' : lines.length > 0 ? STORED : 'hang';
    outbox.appendLines('power w=1 1');
    start({ policy: { requestTimeoutMs: 50 } });
    await eventually('delivered', isEmpty);
    expect(influx.abandoned).toBe(1);
    expect(await delivery.status()).toMatchObject({
      retries: 1,
      lastError: { code: 'unreachable', message: 'InfluxDB cannot be reached: no answer within 50 ms' },
    });
  });

  it('makes no more requests at a time than it may', async () => {
    influx.answer = () => sleep(5).then(() => STORED);
    for (let entry = 0; entry < 100; entry += 1) outbox.appendLines(...numbered(10, entry * 10));
    start({ policy: { concurrency: 3, maxLinesPerRequest: 50 } });
    await eventually('delivered', isEmpty);
    expect(influx.mostAtATime).toBe(3);
    expect(influx.requests.length).toBeLessThanOrEqual(20);
    expect(influx.stored.size).toBe(1_000);
  });

  it.each([1, 2])(
    'delivers the oldest first and yet fresh lines at once, with %i requests at a time',
    async (concurrency) => {
      let enqueuedAtMs = Date.now() - 3_600_000;
      outbox = new MemoryOutbox(() => enqueuedAtMs);
      for (let entry = 0; entry < 400; entry += 1) outbox.appendLines(...numbered(10, entry * 10));
      influx.answer = () => sleep(2).then(() => STORED);
      start({ policy: { concurrency, maxLinesPerRequest: 20 } });
      await eventually('under way', () => influx.requests.length >= 10);
      enqueuedAtMs = Date.now();
      const before = influx.requests.length;
      outbox.appendLines('power w=1 999999');
      await eventually('fresh line delivered', () => influx.stored.has('power w=1 999999'));
      const requestOfFresh = influx.requests.findIndex(({ lines }) => lines.includes('power w=1 999999'));
      expect(requestOfFresh - before).toBeLessThan(8);
      expect(isEmpty()).toBe(false);
      const firstLines = influx.requests.slice(0, 5).flatMap(({ lines }) => lines);
      expect(new Set(firstLines)).toEqual(new Set(numbered(firstLines.length)));
    },
  );

  it('compresses where it is told to', async () => {
    outbox.appendLines(...numbered(100));
    start({ policy: { gzip: true } });
    await eventually('delivered', isEmpty);
    expect(influx.requests[0]?.headers['content-encoding']).toBe('gzip');
    expect(Number(influx.requests[0]?.headers['content-length'])).toBeLessThan(600);
    expect(influx.stored.size).toBe(100);
  });

  it('sends what comes while it runs', async () => {
    start();
    for (let entry = 0; entry < 20; entry += 1) {
      outbox.appendLines(`power w=1 ${entry}`);
      await eventually('delivered', isEmpty);
    }
    expect(influx.stored.size).toBe(20);
    expect(await delivery.status()).toMatchObject({
      state: 'idle',
      oldestAgeMs: null,
      lastSuccessAt: expect.any(Date),
    });
  });

  it('finishes what is queued when it is stopped', async () => {
    influx.answer = () => sleep(2).then(() => STORED);
    for (let entry = 0; entry < 50; entry += 1) outbox.appendLines(...numbered(10, entry * 10));
    start({ policy: { maxLinesPerRequest: 20 } });
    expect(await delivery.stop(5_000)).toMatchObject({ state: 'stopped', queuedLines: 0, sentLines: 500 });
  });

  it('stops in time when the server does not answer, and says what is left', async () => {
    influx.answer = () => 'hang';
    outbox.appendLines(...numbered(10));
    start();
    await eventually('asked', () => influx.requests.length > 0);
    expect(await delivery.stop(30)).toMatchObject({
      state: 'stopped',
      queuedLines: 10,
      sentLines: 0,
      lastError: null,
    });
    await eventually('abandoned', () => influx.abandoned === 1);
    delivery.start();
    expect((await delivery.status()).state).toBe('stopped');
  });

  it('stops at once when the next try would come too late', async () => {
    influx.answer = () => ({ status: 503, headers: { 'retry-after': '3600' } });
    outbox.appendLines(...numbered(10));
    start();
    await eventually('backing off', async () => (await delivery.status()).state === 'backing_off');
    expect(influx.requests).toHaveLength(1);
    expect(await delivery.stop(30_000)).toMatchObject({ queuedLines: 10, requests: 1 });
  });

  it('sends again what the outbox could not mark as sent', async () => {
    outbox.appendLines('power w=1 1');
    const settle = jest.spyOn(outbox, 'settle').mockImplementationOnce(() => {
      throw new Error('disk full');
    });
    start();
    await eventually('delivered', isEmpty);
    expect(settle).toHaveBeenCalledTimes(2);
    expect(influx.requests).toHaveLength(2);
    expect((await delivery.status()).lastError).toMatchObject({
      code: 'outbox',
      message: 'the outbox cannot be read or written: disk full',
    });
  });

  it('waits for an outbox that cannot be read', async () => {
    jest.spyOn(outbox, 'take').mockRejectedValueOnce(new Error('busy') as never);
    outbox.appendLines('power w=1 1');
    start();
    await eventually('delivered', isEmpty);
    expect((await delivery.status()).lastError?.code).toBe('outbox');
  });

  it('settles entries without lines without a request', async () => {
    outbox.append({ lineProtocol: '', lineCount: 0 });
    start();
    await eventually('settled', isEmpty);
    expect(influx.requests).toEqual([]);
  });

  it('tells no secret, even when the server repeats it', async () => {
    influx.answer = ({ headers }) =>
      jsonError(401, `bad ${headers.authorization} pa55word ${btoa('user:pa55word')}`);
    outbox.appendLines('power w=1 1');
    start();
    await eventually('alarmed', async () => (await delivery.status()).alarm !== null);
    expect(logged.join()).toContain('[redacted]');
    expect(logged.join() + JSON.stringify(await delivery.status())).not.toMatch(
      /pa55word|dXNlcjpwYTU1d29yZA/,
    );
  });

  it('logs a fault once, and its end once', async () => {
    influx.answer = () => ({ status: 503 });
    outbox.appendLines('power w=1 1');
    start({ policy: { alarmAfterFailures: 4 } });
    await eventually('tried', () => influx.requests.length > 8);
    influx.answer = () => STORED;
    await eventually('delivered', isEmpty);
    await eventually('told', () => logged.length === 3);
    expect(logged.map((line) => line.split(' ')[0])).toEqual(['warn', 'error', 'info']);
  });
});
