import { ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '@smart-meter/servers';

const PROGRAM = join(__dirname, '..', '..', '..', 'apps', 'smart-meter', 'dist', 'main.js');
const READY_WITHIN_MS = 30_000;

/** A value that the service has said to be durable. */
export interface AcceptedValue {
  entityId: string;
  powerW: number;
}

/** smart-meter as a process of its own, and a listener that remembers what it acknowledged. */
export class ServiceProcess {
  readonly accepted = new Map<string, AcceptedValue>();
  private child: ChildProcess | undefined;
  private listening: AbortController | undefined;
  private log = '';

  private constructor(
    private readonly environment: Readonly<Record<string, string>>,
    private readonly url: string,
  ) {}

  static async create(environment: Readonly<Record<string, string>>): Promise<ServiceProcess> {
    const port = await freePort();
    return new ServiceProcess({ ...environment, SERVICE_PORT: String(port) }, `http://127.0.0.1:${port}`);
  }

  /** Starts the process; resolves when it answers. */
  async start(): Promise<void> {
    this.spawn();
    const until = performance.now() + READY_WITHIN_MS;
    while (!(await this.isLive())) {
      if (performance.now() > until) throw new Error(`smart-meter did not start:\n${this.log}`);
      await setTimeout(20);
    }
    this.listen();
  }

  /** Starts the process and does not wait: it may be killed before it answers. */
  spawn(): void {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...this.environment },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.log = (this.log + chunk.toString()).slice(-4_000)));
    }
    this.child = child;
  }

  /** Begins to remember what the service acknowledges, as soon as it answers. */
  listen(): void {
    this.listening?.abort();
    const listening = new AbortController();
    this.listening = listening;
    void this.follow(listening.signal);
  }

  /** What a power cut does to it. */
  async kill9(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** An orderly end. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  async health(): Promise<HealthDetails> {
    const response = await fetch(`${this.url}/health`, { signal: AbortSignal.timeout(5_000) });
    return (await response.json()) as HealthDetails;
  }

  async openGaps(): Promise<number> {
    const response = await fetch(`${this.url}/gaps`, { signal: AbortSignal.timeout(5_000) });
    const { gaps } = (await response.json()) as { gaps: { state: string }[] };
    return gaps.filter(({ state }) => state === 'open' || state === 'partial').length;
  }

  get lastLog(): string {
    return this.log;
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    this.listening?.abort();
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  private async isLive(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/health/live`, { signal: AbortSignal.timeout(1_000) })).ok;
    } catch {
      return false;
    }
  }

  /** Only whole events count: a cut one was not told. */
  private async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const response = await fetch(`${this.url}/stream`, { signal });
        let text = '';
        for await (const chunk of response.body ?? []) {
          text += Buffer.from(chunk).toString();
          const events = text.split('\n\n');
          text = events.pop() ?? '';
          for (const event of events) this.remember(event);
        }
      } catch {
        // The service is down: that is what is being tested.
      }
      await setTimeout(10);
    }
  }

  private remember(event: string): void {
    const data = /^data: (.*)$/m.exec(event)?.[1];
    if (data === undefined) return;
    const { circuits } = JSON.parse(data) as { circuits: { name: string; power_w: number | null }[] };
    for (const { name, power_w } of circuits) {
      if (power_w !== null) this.accepted.set(`${name} ${power_w}`, { entityId: name, powerW: power_w });
    }
  }
}

export interface HealthDetails {
  status: string;
  details: {
    adapter: { stream?: string };
    journal: { waiting_in_memory: number };
    delivery: {
      state: string;
      backlog_lines?: number;
      last_error?: { code: string } | null;
      message?: string;
    };
  };
}
