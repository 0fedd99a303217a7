import { ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Journal } from '@smart-meter/journal';
import { freePort } from '@smart-meter/servers';
import { SERVICE_ALLOCATOR, SERVICE_FLAGS, SERVICE_PROGRAM } from './service-program';

const TICKS_PER_S = 100;
const READY_WITHIN_MS = 30_000;

export interface ProcessUsage {
  /** CPU time so far, s. */
  cpuS: number;
  /** Resident memory now and at its peak, MB. */
  rssMb: number;
  peakRssMb: number;
}

/** smart-meter as a process of its own, watched from outside. */
export class ServiceProcess {
  readonly url: string;
  private readonly child: ChildProcess;

  private constructor(
    readonly dataDir: string,
    port: number,
    environment: Readonly<Record<string, string>>,
  ) {
    this.url = `http://127.0.0.1:${port}`;
    this.child = spawn(process.execPath, [...SERVICE_FLAGS, SERVICE_PROGRAM], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...SERVICE_ALLOCATOR,
        BACKFILL_DAYS: '0',
        DATA_DIR: dataDir,
        SERVICE_PORT: String(port),
        LOG_LEVEL: 'error',
        ...environment,
      },
    });
  }

  /** Starts the process and does not wait for it. */
  static async spawn(
    environment: Readonly<Record<string, string>>,
    dataDir = mkdtempSync(join(tmpdir(), 'smart-meter-bench-')),
  ): Promise<ServiceProcess> {
    return new ServiceProcess(dataDir, await freePort(), environment);
  }

  /** With the simulated household, or what the environment says; answers requests. */
  static async start(
    environment: Readonly<Record<string, string>> = {},
    dataDir?: string,
  ): Promise<ServiceProcess> {
    const service = await ServiceProcess.spawn(environment, dataDir);
    await service.until('answer', (health) => health !== undefined);
    return service;
  }

  /** Beside a Home Assistant, whose changes it follows. */
  static async following({ url, token }: { url: string; token: string }): Promise<ServiceProcess> {
    const service = await ServiceProcess.spawn({
      HOME_ASSISTANT_URL: url,
      HOME_ASSISTANT_TOKEN: token,
      FETCH_INTERVAL_SECONDS: '3600',
    });
    await service.until('connect', (health) => health?.details.adapter.stream === 'connected');
    return service;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Hands on every event of the live stream with the instant of its arrival: it is sent after the reading is on disk. */
  async follow(signal: AbortSignal, onEvent: (data: string, arrivedMs: number) => void): Promise<void> {
    const response = await fetch(`${this.url}/stream`, { signal });
    let text = '';
    for await (const chunk of response.body ?? []) {
      const arrivedMs = Date.now();
      text += Buffer.from(chunk).toString();
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (data !== undefined) onEvent(data, arrivedMs);
      }
    }
  }

  /** undefined where the system does not tell. */
  usage(): ProcessUsage | undefined {
    return this.child.pid === undefined ? undefined : usageOf(this.child.pid);
  }

  /** Every known value of a circuit on disk, with its instant. */
  stored(circuitName: string): { atMs: number; value: number | null }[] {
    const journal = Journal.openReadOnly({ dataDir: this.dataDir });
    try {
      return journal
        .series()
        .filter(({ name, quantity }) => name === circuitName && quantity === 'circuitPowerW')
        .flatMap(({ id }) => journal.samples(id, { from: new Date(0), to: new Date(Date.now() + 60_000) }));
    } finally {
      journal.close();
    }
  }

  /** Kills it and removes its folder. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  private async until(what: string, holds: (health: Health | undefined) => boolean): Promise<void> {
    const until = performance.now() + READY_WITHIN_MS;
    while (!holds(await this.health())) {
      if (performance.now() > until) {
        await this.stop();
        throw new Error(`smart-meter did not ${what} within ${READY_WITHIN_MS / 1000} s`);
      }
      await setTimeout(50);
    }
  }

  private async health(): Promise<Health | undefined> {
    try {
      const response = await fetch(`${this.url}/health`, { signal: AbortSignal.timeout(1_000) });
      return (await response.json()) as Health;
    } catch {
      // Not up yet.
      return undefined;
    }
  }
}

interface Health {
  details: { adapter: { stream?: string } };
}

/** undefined where the system does not tell: only Linux has /proc. */
export function usageOf(pid: number): ProcessUsage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const megabytes = (name: string) =>
      (Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024) / 1e6;
    return {
      cpuS: (Number(stat[11]) + Number(stat[12])) / TICKS_PER_S,
      rssMb: megabytes('VmRSS'),
      peakRssMb: megabytes('VmHWM'),
    };
  } catch {
    return undefined;
  }
}
