import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Journal } from '@smart-meter/journal';
import type { MeterReading } from '@smart-meter/meter-adapter';
import { RunningService, temporaryFolder } from './support/running-service';

const DAY_MS = 86_400_000;
const DAYS = 30;
const INTERVAL_MS = 30_000;
const BATCH = 2_000;
/** The heap is looked at once per so many bytes of an answer. */
const LOOK_EVERY_BYTES = 2_000_000;
/** Far less than the answer, far more than a block of it. */
const ALLOWED_GROWTH_MB = 8;

jest.setTimeout(180_000);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let service: RunningService;
const endMs = Math.floor(Date.now() / INTERVAL_MS) * INTERVAL_MS;

function readingAt(atMs: number): MeterReading {
  const circuits = Array.from({ length: 3 }, (_, i) => ({
    id: `c${i}`,
    name: `Circuit ${i}`,
    powerW: (atMs / 1000) % (900 + i),
  }));
  return {
    meterId: 'simulated',
    observedAt: new Date(atMs),
    averagedOverS: 0,
    totalPowerW: 3_000,
    circuits,
    provenance: 'live',
  };
}

beforeAll(async () => {
  const dataDir = temporaryFolder();
  const journal = Journal.open({ dataDir, timeZone: 'UTC', retentionDays: 60, outboxMaxBytes: 1e6 });
  const count = (DAYS * DAY_MS) / INTERVAL_MS;
  for (let first = 0; first < count; first += BATCH) {
    const length = Math.min(BATCH, count - first);
    journal.append({
      readings: Array.from({ length }, (_, i) => readingAt(endMs - (count - first - i) * INTERVAL_MS)),
    });
  }
  journal.close();
  service = await RunningService.start({ DATA_DIR: dataDir, JOURNAL_RETENTION_DAYS: '60' });
});

afterAll(() => service?.stop());

/** Reads an answer to its end: its rows, its size, and the most of the heap that was in use on the way. */
async function read(format: string, every: string, days: number) {
  const query = new URLSearchParams({
    format,
    every,
    from: new Date(endMs - days * DAY_MS).toISOString(),
    to: new Date(endMs).toISOString(),
    limit: '10000',
  });
  let rows = 0;
  let bytes = 0;
  let mostMb = 0;
  for (let path: string | null = `/readings?${query}`; path !== null;) {
    const response: Response = await fetch(`${service.url}${path}`);
    let lookedAt = -Infinity;
    let page = 0;
    let last = '';
    for await (const chunk of response.body ?? []) {
      const text = Buffer.from(chunk).toString('latin1');
      rows += text.split('"timestamp"').length - 1;
      page += chunk.length;
      last = (last + text).slice(-500);
      if (page - lookedAt < LOOK_EVERY_BYTES) continue;
      lookedAt = page;
      collectGarbage();
      mostMb = Math.max(mostMb, process.memoryUsage().heapUsed / 1e6);
    }
    bytes += page;
    const [, next = null] = /"next":"([^"]*)"/.exec(last) ?? [];
    path = next;
  }
  return { rows, bytes, mostMb };
}

it.each([
  ['ndjson', 'raw'],
  ['csv', 'raw'],
  ['json', 'raw'],
  ['json', '30'],
])('30 days as %s, every %s, hold no more of the memory than one', async (format, every) => {
  const day = await read(format, every, 1);
  const month = await read(format, every, DAYS);
  const series = every === 'raw' ? 1 : 4;
  if (format !== 'csv') {
    // A row can be cut apart between two chunks.
    expect(month.rows).toBeGreaterThan(0.99 * series * ((DAYS * DAY_MS) / INTERVAL_MS));
  }
  expect(month.bytes).toBeGreaterThan(15_000_000);
  expect(month.mostMb - day.mostMb).toBeLessThan(ALLOWED_GROWTH_MB);
});
