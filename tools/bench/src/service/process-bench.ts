import { ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Journal } from '@smart-meter/journal';
import { freePort } from '@smart-meter/servers';
import { BenchRow, median } from '../bench-row';
import { SERVICE_FLAGS, SERVICE_PROGRAM } from './service-program';
import { startStaticHomeAssistant } from './static-home-assistant';

/** From the start of the process to the first reading on disk, and the memory of the service when it is idle. */
export async function benchProcess({ starts = 5, idleS = 45 } = {}): Promise<BenchRow[]> {
  const server = await startStaticHomeAssistant();
  try {
    const startMs: number[] = [];
    for (let i = 0; i < starts; i += 1) startMs.push(await timeToFirstReading(server.url));
    const rssMb = await idleRssMb(server.url, idleS);
    return [
      { name: 'process start to first reading stored (median)', value: median(startMs) / 1000, unit: 's' },
      ...(rssMb === undefined
        ? []
        : [{ name: `resident memory after ${idleS} s idle`, value: rssMb, unit: 'MB' }]),
    ];
  } finally {
    server.stop();
  }
}

async function timeToFirstReading(url: string): Promise<number> {
  return withService(url, async (_child, dataDir, startedMs) => {
    for (;;) {
      if (hasReading(dataDir)) return performance.now() - startedMs;
      if (performance.now() - startedMs > 30_000) throw new Error('no reading within 30 s');
      await setTimeout(10);
    }
  });
}

/** The proof is the journal on disk, read by another process. */
function hasReading(dataDir: string): boolean {
  try {
    const journal = Journal.openReadOnly({ dataDir });
    try {
      return journal.latestReading('home_assistant') !== undefined;
    } finally {
      journal.close();
    }
  } catch {
    // Not there yet.
    return false;
  }
}

/** MB; undefined where the system does not tell. */
async function idleRssMb(url: string, idleS: number): Promise<number | undefined> {
  return withService(url, async (child) => {
    await setTimeout(idleS * 1000);
    try {
      const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      return kib === undefined ? undefined : (Number(kib) * 1024) / 1e6;
    } catch {
      // Only Linux has /proc.
      return undefined;
    }
  });
}

async function withService<Result>(
  url: string,
  use: (child: ChildProcess, dataDir: string, startedMs: number) => Promise<Result>,
): Promise<Result> {
  const dataDir = mkdtempSync(join(tmpdir(), 'smart-meter-bench-'));
  const port = await freePort();
  const startedMs = performance.now();
  const child = spawn(process.execPath, [...SERVICE_FLAGS, SERVICE_PROGRAM], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      HOME_ASSISTANT_URL: url,
      HOME_ASSISTANT_TOKEN: 'bench',
      BACKFILL_DAYS: '0',
      DATA_DIR: dataDir,
      SERVICE_PORT: String(port),
      LOG_LEVEL: 'error',
    },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    return await use(child, dataDir, startedMs);
  } finally {
    child.kill('SIGKILL');
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  }
}
