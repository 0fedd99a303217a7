import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LIBRARIES = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
];

/** A wall clock of one process that can be set while it runs, by libfaketime (Debian: `libfaketime`). */
export class ShiftedClock {
  private readonly folder = mkdtempSync(join(tmpdir(), 'shifted-clock-'));
  private readonly file = join(this.folder, 'offset');

  private constructor(private readonly library: string) {
    this.shift(0);
  }

  /** undefined where the library is not installed. */
  static create(): ShiftedClock | undefined {
    const library = LIBRARIES.find((path) => existsSync(path));
    return library === undefined ? undefined : new ShiftedClock(library);
  }

  /** What the process must be started with. */
  get environment(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: this.library,
      FAKETIME_TIMESTAMP_FILE: this.file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** Sets the clock so many seconds away from the true time. */
  shift(seconds: number): void {
    writeFileSync(this.file, `${seconds >= 0 ? '+' : ''}${seconds}s\n`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
