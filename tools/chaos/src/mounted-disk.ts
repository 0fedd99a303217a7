import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small disk in memory that can be filled to the last byte. Needs the right to mount. */
export class MountedDisk {
  private readonly filler: string;

  private constructor(readonly path: string) {
    this.filler = join(path, 'filler');
  }

  /** undefined where this user may not mount. */
  static mount(megabytes: number): MountedDisk | undefined {
    const path = mkdtempSync(join(tmpdir(), 'small-disk-'));
    const { status } = spawnSync('mount', [
      '-t',
      'tmpfs',
      '-o',
      `size=${megabytes}m,mode=0700`,
      'tmpfs',
      path,
    ]);
    if (status === 0) return new MountedDisk(path);
    rmSync(path, { recursive: true });
    return undefined;
  }

  fill(): void {
    const file = openSync(this.filler, 'a');
    try {
      for (const block of [Buffer.alloc(65_536), Buffer.alloc(512)]) {
        for (;;) if (writeSync(file, block) < block.length) break;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.filler, { force: true });
  }

  unmount(): void {
    spawnSync('umount', ['-l', this.path]);
    rmSync(this.path, { recursive: true, force: true });
  }
}
