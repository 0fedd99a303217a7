import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@smart-meter/servers';
import { WORKSPACE } from './documentation';
import { temporaryFolder, waitFor } from './running-service';

const MAIN = join(WORKSPACE, 'apps', 'energy-correlator', 'dist', 'main.js');

const START_TIMEOUT_MS = 60_000;

/** energy-correlator as its user starts it: with its settings in a file of the folder that it is started in. */
export class CorrelatorProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(settings: Record<string, string>): Promise<CorrelatorProcess> {
    const port = await freePort();
    const folder = temporaryFolder();
    const lines = Object.entries({ SERVICE_PORT: String(port), LOG_LEVEL: 'error', ...settings });
    writeFileSync(
      join(folder, 'energy-correlator.env'),
      lines.map(([name, value]) => `${name}=${value}\n`).join(''),
    );
    // What smart-meter reads there must not be taken for the correlator's.
    writeFileSync(join(folder, '.env'), 'SERVICE_PORT=1\n');
    const child = spawn(process.execPath, [MAIN], {
      cwd: folder,
      env: {},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const correlator = new CorrelatorProcess(child, `http://127.0.0.1:${port}`);
    const isReady = async () => {
      if (child.exitCode !== null) throw new Error(`energy-correlator has ended: ${output}`);
      return correlator.isLive();
    };
    await waitFor('energy-correlator', isReady, START_TIMEOUT_MS);
    return correlator;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }

  private async isLive(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/health/live`, { signal: AbortSignal.timeout(2_000) })).ok;
    } catch {
      // It does not listen yet.
      return false;
    }
  }
}
