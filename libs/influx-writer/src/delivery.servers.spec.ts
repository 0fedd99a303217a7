import {
  describeWithServer,
  INFLUXDB,
  InfluxDbOptions,
  InfluxDbServer,
  startInfluxDb,
  startVictoriaMetrics,
  VICTORIA_METRICS,
} from '@smart-meter/servers';
import { MeterReading } from '@smart-meter/meter-adapter';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Delivery, DeliveryOptions, DeliveryPolicy } from './delivery';
import { encodeReading } from './encode-reading';
import { eventually } from './testing/eventually';
import { MemoryOutbox } from './testing/memory-outbox';

const FAST: Partial<DeliveryPolicy> = {
  retry: { firstDelayMs: 5, longestDelayMs: 50, longestRetryAfterMs: 1_000 },
  alarmAfterFailures: 3,
};
const START_MS = Date.UTC(2026, 0, 15);
const CIRCUITS = 20;

const reading = (index: number): MeterReading => ({
  meterId: 'home',
  observedAt: new Date(START_MS + index * 1_000),
  averagedOverS: 0,
  totalPowerW: 1_000 + index,
  circuits: Array.from({ length: CIRCUITS }, (_, circuit) => ({
    id: `${circuit}`,
    name: `Circuit ${circuit}`,
    powerW: index,
  })),
  provenance: 'live',
});

describeWithServer(INFLUXDB, 'Delivery', () => {
  let influx: InfluxDbServer;
  let outbox: MemoryOutbox;
  let delivery: Delivery;

  async function begin(options: InfluxDbOptions = {}): Promise<void> {
    influx = await startInfluxDb(options);
    await influx.createDatabase('home');
    outbox = new MemoryOutbox();
  }

  function deliver(options: Partial<DeliveryOptions> = {}): void {
    delivery = new Delivery({
      outbox,
      target: { url: influx.url, bucket: 'home', api: 'v1' },
      ...options,
      policy: { ...FAST, ...options.policy },
    });
    delivery.start();
  }

  function appendReadings(from: number, to: number): void {
    for (let index = from; index < to; index += 1) {
      outbox.append(encodeReading(reading(index), { meterType: 'emporia', tagMeterId: false }));
    }
  }

  /** InfluxDB has these readings, each once, and nothing else. */
  async function expectReadings(count: number): Promise<void> {
    expect({
      homes: await influx.count('home', 'smart_meter', 'total_power_w'),
      circuits: await influx.count('home', 'smart_meter_circuit', 'power_w'),
    }).toEqual({ homes: count, circuits: count * CIRCUITS });
  }

  const isEmpty = () => outbox.stats().entries === 0;
  const alarmSays = (words: string) => async () => (await delivery.status()).alarm?.includes(words) === true;

  afterEach(async () => {
    await delivery.stop(0);
    await influx.stop();
  });

  it('brings every value where it belongs, through the 2.x API, compressed', async () => {
    await begin({ auth: { username: 'home', password: 's3cret' } });
    appendReadings(0, 300);
    deliver({
      target: { url: influx.v2Url, token: 'home:s3cret', org: 'any', bucket: 'home/autogen' },
      policy: { gzip: true },
    });
    await eventually('delivered', isEmpty);
    await expectReadings(300);
    const [circuit] = await influx.query(
      `SELECT power_w, percentage, meter_type FROM smart_meter_circuit WHERE circuit_name = 'Circuit 7' AND time = ${START_MS + 30_000}ms`,
      'home',
    );
    expect(circuit?.values).toEqual([[START_MS + 30_000, 30, (30 / 1_030) * 100, 'emporia']]);
  });

  it('quarantines a conflict of types and a broken line alone', async () => {
    await begin();
    await influx.query('DROP MEASUREMENT smart_meter', 'home');
    outbox.appendLines('smart_meter,meter_type=emporia total_power_w=1 1');
    deliver();
    await eventually('delivered', isEmpty);
    appendReadings(0, 200);
    outbox.appendLines('smart_meter,meter_type=emporia total_power_w="text" 2', 'smart_meter,broken 3');
    appendReadings(200, 400);
    await eventually('settled', isEmpty);
    expect(outbox.quarantine.map(({ line, status, reason }) => [line, status, reason.slice(0, 40)])).toEqual(
      expect.arrayContaining([
        [
          'smart_meter,meter_type=emporia total_power_w="text" 2',
          400,
          'partial write: field type conflict: inpu',
        ],
        ['smart_meter,broken 3', 400, "unable to parse 'smart_meter,broken 3': "],
      ]),
    );
    expect(outbox.quarantine).toHaveLength(2);
    expect(await influx.count('home', 'smart_meter', 'total_power_w')).toBe(401);
    expect((await delivery.status()).requests).toBeLessThan(80);
  });

  it('quarantines what is older than the retention, in few requests', async () => {
    await begin();
    await influx.query('CREATE RETENTION POLICY day ON home DURATION 1d REPLICATION 1');
    const nowMs = Date.now();
    const old = Array.from({ length: 3_000 }, (_, index) => `m w=1 ${nowMs - 90_000_000 - index}`);
    const recent = Array.from({ length: 1_000 }, (_, index) => `m w=1 ${nowMs - index}`);
    outbox.appendLines(...old.slice(0, 1_500), ...recent, ...old.slice(1_500));
    deliver({ target: { url: influx.url, bucket: 'home/day', api: 'v1' } });
    await eventually('settled', isEmpty);
    expect(outbox.quarantine).toHaveLength(3_000);
    const [series] = await influx.query('SELECT count(w) FROM home.day.m', 'home');
    expect(series?.values[0]?.[1]).toBe(1_000);
    expect((await delivery.status()).requests).toBeLessThan(40);
  });

  it('gets through a small limit of the body', async () => {
    await begin({ maxBodyBytes: 10_000 });
    appendReadings(0, 300);
    outbox.appendLines(`smart_meter text="${'x'.repeat(20_000)}" 1`);
    deliver();
    await eventually('settled', isEmpty);
    await expectReadings(300);
    expect(outbox.quarantine.map(({ status }) => status)).toEqual([413]);
  });

  it('gets through a server that takes one write at a time', async () => {
    await begin({ maxConcurrentWrites: 1, maxEnqueuedWrites: 1 });
    appendReadings(0, 2_000);
    deliver({ policy: { concurrency: 8, maxLinesPerRequest: 500 } });
    await eventually('delivered', isEmpty);
    await expectReadings(2_000);
    expect(outbox.quarantine).toEqual([]);
  });

  it('keeps what a full cache refuses, alarms, and delivers after the limit was raised', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'full-cache-'));
    await begin({ cacheMaxBytes: 100_000, dataDir });
    appendReadings(0, 500);
    deliver();
    await eventually('alarmed', alarmSays('500 engine: cache-max-memory-size exceeded'));
    expect(isEmpty()).toBe(false);
    const port = Number(new URL(influx.url).port);
    await influx.stop();
    influx = await startInfluxDb({ dataDir, port });
    await eventually('delivered', isEmpty);
    await expectReadings(500);
    expect(outbox.quarantine).toEqual([]);
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('keeps everything while the database is missing', async () => {
    await begin();
    await influx.dropDatabase('home');
    appendReadings(0, 50);
    deliver();
    await eventually('alarmed', alarmSays('404 database not found: "home"'));
    expect(await delivery.status()).toMatchObject({ state: 'blocked', queuedEntries: 50 });
    await influx.createDatabase('home');
    await eventually('delivered', isEmpty);
    await expectReadings(50);
  });

  it('keeps everything while the retention policy is missing', async () => {
    await begin();
    appendReadings(0, 50);
    deliver({ target: { url: influx.url, bucket: 'home/year', api: 'v1' } });
    await eventually('alarmed', alarmSays('500 retention policy not found: year'));
    expect((await delivery.status()).queuedEntries).toBe(50);
    await influx.query('CREATE RETENTION POLICY year ON home DURATION INF REPLICATION 1');
    await eventually('delivered', isEmpty);
    const [series] = await influx.query('SELECT count(total_power_w) FROM home.year.smart_meter', 'home');
    expect(series?.values[0]?.[1]).toBe(50);
  });

  it('keeps everything while the password is another', async () => {
    await begin({ auth: { username: 'home', password: 'first' } });
    deliver({ target: { url: influx.v2Url, token: 'home:first', bucket: 'home' } });
    appendReadings(0, 50);
    await eventually('delivered', isEmpty);
    await influx.setPassword('second');
    appendReadings(50, 100);
    await eventually('alarmed', alarmSays('InfluxDB refuses the credentials: 401 authorization failed'));
    expect(await delivery.status()).toMatchObject({
      state: 'blocked',
      queuedEntries: 50,
      sentLines: 50 * (CIRCUITS + 1),
    });
    await influx.setPassword('first');
    await eventually('delivered', isEmpty);
    await expectReadings(100);
  });

  it('loses nothing when the server is killed again and again', async () => {
    await begin();
    deliver({ policy: { maxLinesPerRequest: 300, requestTimeoutMs: 2_000 } });
    let appended = 0;
    for (let kill = 0; kill < 4; kill += 1) {
      appendReadings(appended, (appended += 500));
      await sleep(kill * 15);
      await influx.kill9();
      appendReadings(appended, (appended += 20));
      await influx.restart();
    }
    await eventually('delivered', isEmpty);
    await expectReadings(appended);
    expect(outbox.quarantine).toEqual([]);
  });

  it('brings fresh lines at once while it works off a backlog', async () => {
    await begin();
    let enqueuedAtMs = Date.now() - 86_400_000;
    outbox = new MemoryOutbox(() => enqueuedAtMs);
    appendReadings(0, 5_000);
    deliver({ policy: { maxLinesPerRequest: 500 } });
    await eventually('under way', async () => (await delivery.status()).sentLines > 0);
    enqueuedAtMs = Date.now();
    outbox.appendLines(`fresh w=1 ${enqueuedAtMs}`);
    await eventually('there', async () => (await influx.count('home', 'fresh', 'w')) === 1);
    expect(isEmpty()).toBe(false);
    await eventually('delivered', isEmpty);
    await expectReadings(5_000);
  });

  it('loses nothing when the server hangs', async () => {
    await begin();
    appendReadings(0, 1_000);
    deliver({ policy: { maxLinesPerRequest: 300, requestTimeoutMs: 100 } });
    await eventually('under way', async () => (await delivery.status()).sentLines > 0);
    influx.suspend();
    appendReadings(1_000, 1_100);
    await eventually(
      'timed out',
      async () => (await delivery.status()).lastError?.message.includes('no answer within') === true,
    );
    influx.resume();
    await eventually('delivered', isEmpty);
    await expectReadings(1_100);
  });
});

describeWithServer(VICTORIA_METRICS, 'Delivery', () => {
  it('writes to VictoriaMetrics as to InfluxDB 2', async () => {
    const victoria = await startVictoriaMetrics();
    const outbox = new MemoryOutbox();
    const observedAt = new Date();
    outbox.append(encodeReading({ ...reading(5), observedAt }, { meterType: 'sense', tagMeterId: true }));
    const delivery = new Delivery({
      outbox,
      target: { url: victoria.url, token: 'any', bucket: 'home' },
      policy: { gzip: true },
    });
    delivery.start();
    expect(await delivery.stop(5_000)).toMatchObject({ queuedLines: 0, sentLines: CIRCUITS + 1 });
    const match = 'smart_meter_circuit_power_w{circuit_name="Circuit 3",meter_type="sense",meter_id="home"}';
    await eventually('visible', async () => (await victoria.export(match)).length > 0);
    expect(await victoria.export(match)).toMatchObject([{ values: [5], timestamps: [observedAt.getTime()] }]);
    await victoria.stop();
  });
});
