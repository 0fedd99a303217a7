import { ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export type ServiceName = 'smart-meter' | 'energy-correlator';

const ROOT = join(__dirname, '..', '..', '..');
const ENTRY = join(__dirname, '..', 'src', 'stepped-service.cjs');
const REQUEST_TIMEOUT_MS = 30_000;
const KEPT_LOG_CHARS = 2_000;

/** One of the two services as a process of its own, whose wall clock is told to it. */
export class ServiceProcess {
  /** How often it was started. */
  starts = 0;
  private child: ChildProcess | undefined;
  private log = '';

  constructor(
    readonly name: ServiceName,
    private readonly port: number,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts the process and does not wait for it. */
  start(at: Date): void {
    const serve = join(ROOT, 'apps', this.name, 'dist', 'serve.js');
    const child = fork(ENTRY, [serve, String(at.getTime())], {
      env: { ...this.environment, SERVICE_PORT: String(this.port) },
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8');
      stream?.on('data', (text: string) => (this.log = (this.log + text).slice(-KEPT_LOG_CHARS)));
    }
    this.child = child;
    this.starts += 1;
  }

  /** Tells the time; resolves once it is known, or the process is gone. */
  async setTime(at: Date): Promise<void> {
    const { child } = this;
    if (child?.connected !== true) return;
    const atMs = at.getTime();
    await new Promise<void>((resolve) => {
      const settle = () => {
        child.off('message', settle).off('disconnect', settle);
        resolve();
      };
      child.on('message', settle).on('disconnect', settle);
      child.send(atMs, (error) => error && settle());
    });
  }

  /** What a power cut does to it. */
  kill9(): Promise<void> {
    return this.end('SIGKILL');
  }

  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  /** Throws where it does not answer, or not with 2xx. */
  async get<Answer>(path: string): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    if (!response.ok) throw new Error(`${this.name}: ${path} answered ${response.status}`);
    return (await response.json()) as Answer;
  }

  get lastLog(): string {
    return this.log;
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}
