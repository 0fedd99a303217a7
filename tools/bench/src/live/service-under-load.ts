import { ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Journal } from '@smart-meter/journal';
import { freePort } from '@smart-meter/servers';
import { SERVICE_FLAGS, SERVICE_PROGRAM } from '../service/service-program';

const TICKS_PER_S = 100;

/** smart-meter as a process of its own beside a Home Assistant, watched from outside. */
export class ServiceUnderLoad {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'smart-meter-bench-'));
  private child: ChildProcess | undefined;

  private constructor(private readonly url: string) {}

  static async start(homeAssistant: { url: string; token: string }): Promise<ServiceUnderLoad> {
    const port = await freePort();
    const service = new ServiceUnderLoad(`http://127.0.0.1:${port}`);
    service.child = spawn(process.execPath, [...SERVICE_FLAGS, SERVICE_PROGRAM], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        HOME_ASSISTANT_URL: homeAssistant.url,
        HOME_ASSISTANT_TOKEN: homeAssistant.token,
        BACKFILL_DAYS: '0',
        FETCH_INTERVAL_SECONDS: '3600',
        DATA_DIR: service.dataDir,
        SERVICE_PORT: String(port),
        LOG_LEVEL: 'error',
      },
    });
    const until = performance.now() + 30_000;
    while (!(await service.isFollowing())) {
      if (performance.now() > until) throw new Error('smart-meter did not connect within 30 s');
      await setTimeout(50);
    }
    return service;
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

  /** CPU time so far, s, and resident memory, MB; undefined where the system does not tell. */
  usage(): { cpuS: number; rssMb: number } | undefined {
    try {
      const stat = readFileSync(`/proc/${this.child?.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      const status = readFileSync(`/proc/${this.child?.pid}/status`, 'utf8');
      const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
      return { cpuS: (Number(stat[11]) + Number(stat[12])) / TICKS_PER_S, rssMb: (kib * 1024) / 1e6 };
    } catch {
      // Only Linux has /proc.
      return undefined;
    }
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

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child?.once('exit', resolve));
    this.child?.kill('SIGKILL');
    await ended;
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  private async isFollowing(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/health`, { signal: AbortSignal.timeout(1_000) });
      const { details } = (await response.json()) as { details: { adapter: { stream?: string } } };
      return details.adapter.stream === 'connected';
    } catch {
      // Not up yet.
      return false;
    }
  }
}
