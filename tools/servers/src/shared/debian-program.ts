import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Availability } from './availability';

const DOWNLOAD_TIMEOUT_MS = 5 * 60_000;

/** A program, or another file, of a Debian package: as installed, else unpacked into a cache, never installed. */
export class DebianProgram {
  private found: string | undefined;
  private refusal: string | undefined;

  constructor(
    private readonly program: string,
    private readonly packageName: string,
    /** Where in the package it is. */
    private readonly folder = join('usr', 'bin'),
  ) {}

  /** Path of the program, or undefined after which `availability` says why. */
  path(): string | undefined {
    if (this.found === undefined && this.refusal === undefined) {
      this.found = this.onPath() ?? this.installed() ?? this.inCache() ?? this.fetch();
    }
    return this.found;
  }

  availability(): Availability {
    return this.path() === undefined ? { available: false, reason: this.reason } : { available: true };
  }

  /** Why there is no path. */
  get reason(): string {
    return this.refusal ?? `${this.program} was not found`;
  }

  private onPath(): string | undefined {
    return (process.env['PATH'] ?? '')
      .split(delimiter)
      .filter((folder) => folder !== '')
      .map((folder) => join(folder, this.program))
      .find(isExecutable);
  }

  private installed(): string | undefined {
    const candidate = join('/', this.folder, this.program);
    return existsSync(candidate) ? candidate : undefined;
  }

  private inCache(): string | undefined {
    const candidate = join(this.cacheFolder(), this.folder, this.program);
    return existsSync(candidate) ? candidate : undefined;
  }

  private cacheFolder(): string {
    const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
    return join(cache, 'smart-meter', 'servers', `${this.packageName}-${process.arch}`);
  }

  private fetch(): string | undefined {
    if (!existsSync('/etc/debian_version')) {
      return this.refuse(`${this.program} is not on PATH, and only on Debian can it be fetched by itself`);
    }
    const target = this.cacheFolder();
    mkdirSync(join(target, '..'), { recursive: true });
    const scratch = mkdtempSync(`${target}-`);
    try {
      let failure = run('apt-get', ['download', this.packageName], scratch);
      if (failure !== undefined && process.getuid?.() === 0) {
        run('apt-get', ['update'], scratch);
        failure = run('apt-get', ['download', this.packageName], scratch);
      }
      const archive = readdirSync(scratch).find((file) => file.endsWith('.deb'));
      if (failure !== undefined || archive === undefined) {
        return this.refuse(`apt-get download ${this.packageName} failed: ${failure ?? 'no package came'}`);
      }
      const unpacked = join(scratch, 'unpacked');
      const unpackFailure = run('dpkg-deb', ['-x', archive, unpacked], scratch);
      if (unpackFailure !== undefined) {
        return this.refuse(`unpacking ${archive} failed: ${unpackFailure}`);
      }
      try {
        renameSync(unpacked, target);
      } catch (error) {
        // Another test process was faster: its copy is as good.
        if (this.inCache() === undefined) throw error;
      }
      return this.inCache() ?? this.refuse(`${archive} holds no ${join(this.folder, this.program)}`);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }

  private refuse(reason: string): undefined {
    this.refusal = reason;
    return undefined;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there or not ours to run: either way not the program that is looked for.
    return false;
  }
}

/** @returns why it failed, in one line, or undefined */
function run(command: string, args: string[], cwd: string): string | undefined {
  const { status, error, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: DOWNLOAD_TIMEOUT_MS,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
  });
  if (status === 0) return undefined;
  return error?.message ?? (stderr.trim().split('\n').at(-1) || `exit code ${String(status)}`);
}
