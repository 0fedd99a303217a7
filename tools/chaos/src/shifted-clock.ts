import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DebianProgram } from '@smart-meter/servers';

const ARCHITECTURE = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
const library = new DebianProgram(
  'libfaketime.so.1',
  'libfaketime',
  `usr/lib/${ARCHITECTURE}-linux-gnu/faketime`,
);

/** A wall clock of one process that can be set while it runs, by libfaketime. */
export class ShiftedClock {
  private readonly folder = mkdtempSync(join(tmpdir(), 'shifted-clock-'));
  private readonly file = join(this.folder, 'offset');

  private constructor(private readonly libraryPath: string) {
    this.shift(0);
  }

  /** Where the library cannot be had: why. */
  static create(): ShiftedClock | { unavailable: string } {
    const path = library.path();
    return path === undefined ? { unavailable: library.reason } : new ShiftedClock(path);
  }

  /** What the process must be started with. */
  get environment(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: this.libraryPath,
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
