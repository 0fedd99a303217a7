import { InfluxDB, Point } from '@influxdata/influxdb-client';
import { Delivery, EncodedLines, encodeReading } from '@smart-meter/influx-writer';
import { systemClock } from '@smart-meter/meter-adapter';
import { Journal } from '@smart-meter/journal';
import { InfluxDbServer, requireServer, startInfluxDb } from '@smart-meter/servers';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BenchRow, besidePeer, median } from '../bench-row';
import { LINES_PER_READING, sampleReading } from './sample-home';

const DRAIN_TIMEOUT_MS = 120_000;
const READINGS_PER_APPEND = 500;
const DAY_MS = 86_400_000;

/**
 * Points per second into a real InfluxDB that shares this machine: a backlog on disk drained by the delivery,
 * beside the client's own write API with its default settings, fed from memory.
 * @returns nothing where there is no InfluxDB
 */
export async function benchDrain(readings = 20_000): Promise<BenchRow[]> {
  const influx = await requireServer(() => startInfluxDb());
  if (influx === undefined) return [];
  try {
    const points = readings * LINES_PER_READING;
    const oursPerS = (points * 1_000) / (await drainJournal(influx, readings));
    const clientPerS = (points * 1_000) / (await writeWithClient(influx, readings));
    return [
      besidePeer('drain a backlog', 'points/s', oursPerS, { name: 'client, default', value: clientPerS }),
    ];
  } finally {
    await influx.stop();
  }
}

/**
 * How long a line that comes in during the drain of an old backlog takes into a real InfluxDB, ms: the median and the worst.
 * @returns nothing where there is no InfluxDB
 */
export async function benchFreshLines(readings = 20_000, freshLines = 20): Promise<BenchRow[]> {
  const influx = await requireServer(() => startInfluxDb());
  if (influx === undefined) return [];
  let enqueuedAtMs = Date.now() - DAY_MS;
  const backlog = openBacklog(readings, () => enqueuedAtMs);
  try {
    await influx.createDatabase('ours');
    enqueuedAtMs = Date.now();
    const delivery = new Delivery({ outbox: backlog.journal.outbox, target: targetOf(influx) });
    delivery.start();
    const tookMs: number[] = [];
    for (let line = 1; line <= freshLines; line += 1) {
      const startMs = performance.now();
      backlog.append({ lineProtocol: `fresh w=1 ${line}`, lineCount: 1 });
      while ((await influx.count('ours', 'fresh', 'w')) < line) await nextTurn();
      tookMs.push(performance.now() - startMs);
      if ((await delivery.status()).queuedLines === 0) throw new Error('the backlog was too small');
    }
    await delivery.stop(DRAIN_TIMEOUT_MS);
    return [
      { name: 'fresh line behind a backlog, median', value: median(tookMs), unit: 'ms' },
      { name: 'fresh line behind a backlog, worst', value: Math.max(...tookMs), unit: 'ms' },
    ];
  } finally {
    backlog.remove();
    await influx.stop();
  }
}

interface Backlog {
  journal: Journal;
  append(lines: EncodedLines): void;
  remove(): void;
}

/** Readings that wait on disk. */
function openBacklog(readings: number, enqueuedAtMs: () => number): Backlog {
  const dataDir = mkdtempSync(join(tmpdir(), 'drain-bench-'));
  const clock = { ...systemClock, now: () => new Date(enqueuedAtMs()) };
  const journal = Journal.open({
    dataDir,
    timeZone: 'UTC',
    clock,
    retentionDays: 3_650,
    outboxMaxBytes: 1e9,
  });
  for (let first = 0; first < readings; first += READINGS_PER_APPEND) {
    const count = Math.min(READINGS_PER_APPEND, readings - first);
    const outbox = Array.from({ length: count }, (_, index) =>
      encodeReading(sampleReading(first + index), { meterType: 'home_assistant', tagMeterId: false }),
    );
    journal.append({ readings: [], outbox });
  }
  return {
    journal,
    append: (lines) => void journal.append({ readings: [], outbox: [lines] }),
    remove: () => {
      journal.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const targetOf = (influx: InfluxDbServer) => ({ url: influx.url, bucket: 'ours', api: 'v1' as const });

/** @returns ms */
async function drainJournal(influx: InfluxDbServer, readings: number): Promise<number> {
  await influx.createDatabase('ours');
  const { journal, remove } = openBacklog(readings, Date.now);
  try {
    const startMs = performance.now();
    const delivery = new Delivery({ outbox: journal.outbox, target: targetOf(influx) });
    delivery.start();
    await delivery.stop(DRAIN_TIMEOUT_MS);
    const tookMs = performance.now() - startMs;
    await expectAll(influx, 'ours', readings);
    return tookMs;
  } finally {
    remove();
  }
}

/** @returns ms */
async function writeWithClient(influx: InfluxDbServer, readings: number): Promise<number> {
  await influx.createDatabase('client');
  const startMs = performance.now();
  const writer = new InfluxDB({ url: influx.url }).getWriteApi('-', '-', 'ms');
  writer.path = '/write?db=client&precision=ms';
  for (let index = 0; index < readings; index += 1) {
    const { observedAt, totalPowerW, dailyKwh, circuits } = sampleReading(index);
    writer.writePoint(
      new Point('smart_meter')
        .tag('meter_type', 'home_assistant')
        .floatField('total_power_w', totalPowerW)
        .floatField('daily_kwh', dailyKwh)
        .timestamp(observedAt),
    );
    for (const { name, powerW } of circuits) {
      writer.writePoint(
        new Point('smart_meter_circuit')
          .tag('circuit_name', name)
          .tag('meter_type', 'home_assistant')
          .floatField('power_w', powerW)
          .floatField('percentage', ((powerW ?? 0) / (totalPowerW ?? 1)) * 100)
          .timestamp(observedAt),
      );
    }
    // Without a pause it opens a socket for each batch at once.
    if (index % 50 === 0) await nextTurn();
  }
  await writer.close();
  // Closing does not wait for what is under way.
  const deadlineMs = performance.now() + DRAIN_TIMEOUT_MS;
  while ((await influx.count('client', 'smart_meter', 'total_power_w')) < readings) {
    if (performance.now() > deadlineMs) break;
    await nextTurn();
  }
  const tookMs = performance.now() - startMs;
  await expectAll(influx, 'client', readings);
  return tookMs;
}

async function expectAll(influx: InfluxDbServer, database: string, readings: number): Promise<void> {
  const counted =
    (await influx.count(database, 'smart_meter', 'total_power_w')) +
    (await influx.count(database, 'smart_meter_circuit', 'power_w'));
  if (counted !== readings * LINES_PER_READING) {
    throw new Error(`${database}: ${counted} of ${readings * LINES_PER_READING} points arrived`);
  }
}
