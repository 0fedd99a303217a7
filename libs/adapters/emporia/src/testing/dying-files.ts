import * as nodeFiles from 'node:fs/promises';
import { FileOperations } from '@smart-meter/meter-adapter';

/** The file operations of a process that is killed at its n-th one: that one and all after it never end. */
export class DyingFiles implements FileOperations {
  private readonly opened: nodeFiles.FileHandle[] = [];
  private readonly dying = Promise.withResolvers<void>();
  /** Whether the process got as far as being killed. */
  killed = false;

  constructor(private operationsLeft: number) {}

  readonly mkdir = this.guarded(nodeFiles.mkdir) as FileOperations['mkdir'];
  readonly readdir = this.guarded(nodeFiles.readdir) as FileOperations['readdir'];
  readonly readFile = this.guarded(nodeFiles.readFile) as FileOperations['readFile'];
  readonly rename = this.guarded(nodeFiles.rename);
  readonly rm = this.guarded(nodeFiles.rm);

  readonly open: FileOperations['open'] = async (...parameters) => {
    const handle = await this.guarded(nodeFiles.open)(...parameters);
    this.opened.push(handle);
    const guardedHandle = {
      // Killed within a write, a part of it is on disk.
      writeFile: (text: string) =>
        this.isAlive() ? handle.writeFile(text) : handle.writeFile(text.slice(0, 20)).then(() => never),
      sync: this.guarded(() => handle.sync()),
      close: this.guarded(() => handle.close()),
    };
    return guardedHandle as unknown as nodeFiles.FileHandle;
  };

  /** Resolves when the process is killed. */
  get death(): Promise<void> {
    return this.dying.promise;
  }

  /** What the operating system does for a process that is gone. */
  async closeAll(): Promise<void> {
    await Promise.all(this.opened.map((handle) => handle.close()));
  }

  private guarded<P extends unknown[], R>(operation: (...parameters: P) => Promise<R>) {
    return (...parameters: P): Promise<R> => (this.isAlive() ? operation(...parameters) : never);
  }

  private isAlive(): boolean {
    this.operationsLeft -= 1;
    this.killed ||= this.operationsLeft < 0;
    if (this.killed) this.dying.resolve();
    return !this.killed;
  }
}

const never = new Promise<never>(() => undefined);
