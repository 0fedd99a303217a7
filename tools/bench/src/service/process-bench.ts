import { setTimeout } from 'node:timers/promises';
import { Journal } from '@smart-meter/journal';
import { BenchRow, median } from '../bench-row';
import { ServiceProcess } from './service-process';
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
  return withService(url, async ({ dataDir }, startedMs) => {
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
  return withService(url, async (service) => {
    await setTimeout(idleS * 1000);
    return service.usage()?.rssMb;
  });
}

async function withService<Result>(
  url: string,
  use: (service: ServiceProcess, startedMs: number) => Promise<Result>,
): Promise<Result> {
  const startedMs = performance.now();
  const service = await ServiceProcess.spawn({ HOME_ASSISTANT_URL: url, HOME_ASSISTANT_TOKEN: 'bench' });
  try {
    return await use(service, startedMs);
  } finally {
    await service.stop();
  }
}
