import { ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { AddressInfo, createServer, Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_POLL_MS = 20;
const READY_TIMEOUT_MS = 90_000;
const GRACE_MS = 10_000;
const STOPS_WITHIN_MS = 2_000;
/** Waited on and never woken: a pause without giving up the turn. */
const PAUSE = new Int32Array(new SharedArrayBuffer(4));
const KEPT_OUTPUT_CHARS = 4_000;

export interface ServerProgram {
  /** For messages. */
  name: string;
  program: string;
  args: readonly string[];
  /** Whether the server answers; a rejection counts as no. */
  isReady: () => Promise<boolean>;
}

/** A child process that is a server: started until it answers, and gone with us at the latest. */
export class ServerProcess {
  private child: ChildProcess | undefined;
  private output = '';
  private readonly killAtExit = () => this.child?.kill('SIGKILL');

  constructor(private readonly server: ServerProgram) {}

  /** Resolves when the server answers; rejects with what it printed when it does not. */
  async start(): Promise<void> {
    if (this.child !== undefined) throw new Error(`${this.server.name} already runs`);
    this.output = '';
    const [command, args] = withParentDeathSignal(this.server.program, this.server.args);
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    child.unref();
    let failedToSpawn: Error | undefined;
    child.on('error', (error) => (failedToSpawn = error));
    child.on('exit', () => {
      if (this.child === child) this.child = undefined;
    });
    for (const stream of [child.stdout, child.stderr]) {
      // A server that a failed test left behind must not keep the test runner alive.
      if (stream instanceof Socket) stream.unref();
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        this.output = (this.output + text).slice(-KEPT_OUTPUT_CHARS);
      });
    }
    process.on('exit', this.killAtExit);
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (!(await this.server.isReady().catch(() => false))) {
      if (failedToSpawn !== undefined || this.child !== child || performance.now() > deadline) {
        await this.kill9();
        const reason = failedToSpawn?.message ?? 'it did not get ready';
        throw new Error(`${this.server.name} was not started: ${reason}\n${this.output}`);
      }
      await sleep(READY_POLL_MS);
    }
  }

  /** Asks it to end, then makes it. */
  async stop(): Promise<void> {
    const child = this.child;
    if (child === undefined) return;
    this.resume();
    child.kill('SIGTERM');
    const forced = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await hasExited(child);
    clearTimeout(forced);
    process.off('exit', this.killAtExit);
  }

  /** What a power cut does to it. */
  async kill9(): Promise<void> {
    const child = this.child;
    if (child === undefined) return;
    child.kill('SIGKILL');
    await hasExited(child);
    process.off('exit', this.killAtExit);
  }

  /** It goes on listening and answers nothing, from when this returns. */
  suspend(): void {
    this.child?.kill('SIGSTOP');
    const until = Date.now() + STOPS_WITHIN_MS;
    while (!this.isSuspended() && Date.now() < until) Atomics.wait(PAUSE, 0, 0, 1);
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  /** Whether the signal has reached every thread; where it cannot be seen it is taken for done. */
  private isSuspended(): boolean {
    const tasks = `/proc/${String(this.child?.pid)}/task`;
    if (!existsSync(tasks)) return true;
    return readdirSync(tasks).every((task) => {
      try {
        return threadStops(readFileSync(join(tasks, task, 'stat'), 'utf8'));
      } catch {
        // The thread has ended between the two looks.
        return true;
      }
    });
  }
}

/** State letters of Linux for a thread that does not run. */
const STOPPED = /^(T|t|Z|X)/;

function threadStops(stat: string): boolean {
  // The name, in parentheses, may hold anything; the state follows it.
  return STOPPED.test(stat.slice(stat.lastIndexOf(')') + 2));
}

async function hasExited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.ref();
  await once(child, 'exit');
}

let setprivExists: boolean | undefined;

/** Linux ends the server with us even when we are killed with -9 and can do nothing about it ourselves. */
function withParentDeathSignal(program: string, args: readonly string[]): [string, string[]] {
  setprivExists ??=
    process.platform === 'linux' && spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;
  return setprivExists ? ['setpriv', ['--pdeathsig', 'KILL', program, ...args]] : [program, [...args]];
}

/** A port of the loopback that nobody listens on now. */
export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
