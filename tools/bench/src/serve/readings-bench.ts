import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Journal } from '@smart-meter/journal';
import { MeterReading } from '@smart-meter/meter-adapter';
import { BenchRow, quantile } from '../bench-row';
import { ServiceProcess } from '../service/service-process';

const DAY_MS = 86_400_000;
const INTERVAL_MS = 10_000;
const CIRCUITS = 5;
const BATCH = 2_000;
/** That of the simulated household. */
const METER_ID = 'simulated';
const FORMATS = ['ndjson', 'csv', 'json'] as const;
const PROBE_MS = 20;

/** `GET /readings` of many days: how fast, with how much memory beyond one day's, and whether others are still answered. */
export async function benchReadings({ days = 30 } = {}): Promise<BenchRow[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'smart-meter-bench-'));
  const endMs = Math.floor(Date.now() / INTERVAL_MS) * INTERVAL_MS;
  fill(dataDir, endMs, days);
  const service = await ServiceProcess.start({ JOURNAL_RETENTION_DAYS: String(2 * days) }, dataDir);
  try {
    const rows: BenchRow[] = [];
    for (const format of FORMATS) await read(service.url, format, endMs - DAY_MS, endMs);
    const oneDay = service.usage()?.peakRssMb;
    for (const format of FORMATS) {
      const probe = new Probe(service.url);
      const startedMs = performance.now();
      const bytes = await read(service.url, format, endMs - days * DAY_MS, endMs);
      if (bytes < (days * DAY_MS) / INTERVAL_MS) throw new Error(`${format}: ${bytes} bytes`);
      const tookS = (performance.now() - startedMs) / 1000;
      const waits = await probe.stop();
      const readings = (days * DAY_MS) / INTERVAL_MS;
      const name = `${readings.toLocaleString('en')} readings as ${format}, ${(bytes / 1e6).toFixed(0)} MB`;
      rows.push(
        { name, value: readings / tookS, unit: 'readings/s' },
        { name: 'meanwhile: GET /health/live, 99 of 100 within', value: quantile(waits, 0.99), unit: 'ms' },
      );
    }
    const allDays = service.usage()?.peakRssMb;
    if (oneDay === undefined || allDays === undefined) return rows;
    return [
      ...rows,
      { name: `peak resident memory after ${days} days`, value: allDays, unit: 'MB' },
      { name: 'beyond that after one day', value: allDays - oneDay, unit: 'MB' },
    ];
  } finally {
    await service.stop();
  }
}

function fill(dataDir: string, endMs: number, days: number): void {
  const journal = Journal.open({ dataDir, timeZone: 'UTC', retentionDays: 2 * days, outboxMaxBytes: 1e6 });
  const count = (days * DAY_MS) / INTERVAL_MS;
  for (let first = 0; first < count; first += BATCH) {
    const readings = Array.from({ length: Math.min(BATCH, count - first) }, (_, i) =>
      readingAt(endMs - (count - first - i) * INTERVAL_MS),
    );
    journal.append({ readings });
  }
  while (!journal.maintain({ budgetMs: 1_000 }).idle);
  journal.close();
}

function readingAt(atMs: number): MeterReading {
  const circuits = Array.from({ length: CIRCUITS }, (_, i) => ({
    id: `c${i}`,
    name: `Circuit ${i}`,
    powerW: ((atMs / 1000) * (7 + i)) % 1_700,
  }));
  return {
    meterId: METER_ID,
    observedAt: new Date(atMs),
    averagedOverS: 0,
    totalPowerW: circuits.reduce((sum, { powerW }) => sum + powerW, 0),
    circuits,
    provenance: 'live',
  };
}

/** Reads to the end, page by page where there are pages. Returns the bytes. */
async function read(url: string, format: string, fromMs: number, toMs: number): Promise<number> {
  const query = new URLSearchParams({
    format,
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    limit: '10000',
  });
  let bytes = 0;
  for (let path: string | null = `/readings?${query}`; path !== null;) {
    const response: Response = await fetch(`${url}${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    if (format === 'json') {
      const body = await response.text();
      bytes += body.length;
      path = (JSON.parse(body) as { next: string | null }).next;
    } else {
      for await (const chunk of response.body ?? []) bytes += chunk.length;
      path = null;
    }
  }
  return bytes;
}

/** Asks again and again how long others wait. */
class Probe {
  private readonly waitsMs: number[] = [];
  private readonly running: Promise<void>;
  private isStopped = false;

  constructor(url: string) {
    this.running = this.run(url);
  }

  async stop(): Promise<readonly number[]> {
    this.isStopped = true;
    await this.running;
    return this.waitsMs;
  }

  private async run(url: string): Promise<void> {
    while (!this.isStopped) {
      const askedMs = performance.now();
      await (await fetch(`${url}/health/live`)).arrayBuffer();
      this.waitsMs.push(performance.now() - askedMs);
      await setTimeout(PROBE_MS);
    }
  }
}
