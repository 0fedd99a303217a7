import * as nodeFiles from 'node:fs/promises';
import { Agent, Dispatcher } from 'undici';
import { FileOperations } from '@smart-meter/meter-adapter';

/**
 * Stands for a process that is killed at its n-th step. Every access to a file and every request has three
 * steps: not done yet, done in part (files) or arrived (requests), done but nobody told. From the kill on nothing happens any more.
 */
export class MortalProcess {
  steps = 0;
  readonly killed: Promise<void>;
  private isDead = false;
  private readonly open = new Set<nodeFiles.FileHandle>();
  private die: () => void = () => undefined;

  /** @param killAtStep Infinity for one that lives on, to count its steps */
  constructor(private readonly killAtStep: number) {
    this.killed = new Promise((resolve) => {
      this.die = resolve;
    });
  }

  readonly files: FileOperations = {
    mkdir: ((path: string, options: { recursive: true }) =>
      this.around(() => nodeFiles.mkdir(path, options))) as typeof nodeFiles.mkdir,
    readdir: ((path: string) => this.around(() => nodeFiles.readdir(path))) as typeof nodeFiles.readdir,
    readFile: ((path: string, encoding: 'utf8') =>
      this.around(() => nodeFiles.readFile(path, encoding))) as typeof nodeFiles.readFile,
    rename: (from, to) => this.around(() => nodeFiles.rename(from, to)),
    rm: (path, options) => this.around(() => nodeFiles.rm(path, options)),
    open: (path, flags, mode) =>
      this.around(async () => this.handle(await nodeFiles.open(path, flags, mode))),
  };

  dispatcher(agent: Agent): Dispatcher {
    return agent.compose((dispatch) => (options, handler) => {
      if (this.step()) return true;
      const isDeafFrom = this.steps;
      return dispatch(options, {
        onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
        onResponseStart: (controller, status, headers, message) => {
          if (isDeafFrom === this.steps) this.step();
          if (!this.isDead) handler.onResponseStart?.(controller, status, headers, message);
        },
        onResponseData: (controller, chunk) => {
          if (!this.isDead) handler.onResponseData?.(controller, chunk);
        },
        onResponseEnd: (controller, trailers) => {
          if (!this.isDead && !this.step()) handler.onResponseEnd?.(controller, trailers);
        },
        onResponseError: (controller, error) => {
          if (!this.isDead) handler.onResponseError?.(controller, error);
        },
      });
    });
  }

  private handle(handle: nodeFiles.FileHandle): nodeFiles.FileHandle {
    const own: Partial<nodeFiles.FileHandle> = {
      writeFile: (text) =>
        this.around(async () => {
          const whole = String(text);
          await handle.write(whole.slice(0, whole.length / 2));
          if (this.step()) return forever();
          await handle.write(whole.slice(whole.length / 2));
        }),
      sync: () => this.around(() => handle.sync()),
      close: () => this.around(() => this.release(handle)),
    };
    this.open.add(handle);
    return own as nodeFiles.FileHandle;
  }

  /** What the kernel does for a dead process. */
  async bury(): Promise<void> {
    await Promise.all([...this.open].map((handle) => this.release(handle)));
  }

  private async release(handle: nodeFiles.FileHandle): Promise<void> {
    this.open.delete(handle);
    await handle.close();
  }

  private async around<T>(act: () => Promise<T>): Promise<T> {
    if (this.step()) return forever();
    const result = await act();
    if (this.step()) return forever();
    return result;
  }

  /** @returns whether the process is dead */
  private step(): boolean {
    if (this.isDead) return true;
    this.steps += 1;
    if (this.steps >= this.killAtStep) {
      this.isDead = true;
      this.die();
    }
    return this.isDead;
  }
}

function forever(): Promise<never> {
  return new Promise(() => undefined);
}
