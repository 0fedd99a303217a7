import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

type Version = readonly [major: number, minor: number, patch: number];

export interface HomeAssistantRelease {
  version: string;
  /**
   * Packages from after this day are not installed: Home Assistant does not bound all of what it needs, and what
   * came later breaks it (josepy 2 breaks 2024.3.3).
   */
  packagesUntil: string;
}

/** The newest Home Assistant that runs on a Python of at least this version and of the same minor. */
const NEWEST_PER_PYTHON: readonly (HomeAssistantRelease & { python: Version })[] = [
  { python: [3, 14, 2], version: '2026.11.0', packagesUntil: '2026-12-15' },
  { python: [3, 13, 2], version: '2026.2.3', packagesUntil: '2026-03-15' },
  { python: [3, 13, 0], version: '2025.4.4', packagesUntil: '2025-05-15' },
  { python: [3, 12, 0], version: '2025.1.4', packagesUntil: '2025-02-15' },
  { python: [3, 11, 0], version: '2024.3.3', packagesUntil: '2024-04-15' },
];

export interface FittingPython {
  program: string;
  homeAssistant: HomeAssistantRelease;
}

/**
 * `HOME_ASSISTANT_PYTHON` alone where it is set, else the newest of PATH and of pyenv.
 * @returns undefined where none fits
 */
export function findPython(): FittingPython | undefined {
  const chosen = process.env['HOME_ASSISTANT_PYTHON'];
  const candidates = chosen ? [chosen] : [...pythonsOnPath(), ...pythonsOfPyenv()];
  return candidates
    .flatMap((program) => {
      const version = versionOf(program);
      const homeAssistant = version && newestFor(version);
      return version && homeAssistant ? [{ program, version, homeAssistant }] : [];
    })
    .sort((a, b) => compare(b.version, a.version))
    .at(0);
}

/** For messages. */
export const WANTED_PYTHON = 'Python 3.11 or later on PATH, under ~/.pyenv or as HOME_ASSISTANT_PYTHON';

export function newestFor(version: Version): HomeAssistantRelease | undefined {
  return NEWEST_PER_PYTHON.find(
    ({ python }) => python[0] === version[0] && python[1] === version[1] && compare(version, python) >= 0,
  );
}

const pythonsOnPath = () => ['python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3'];

function pythonsOfPyenv(): string[] {
  const versions = join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions');
  try {
    return readdirSync(versions)
      .filter((name) => /^3\.1[1-9]/.test(name))
      .map((name) => join(versions, name, 'bin', 'python3'));
  } catch {
    // No pyenv here.
    return [];
  }
}

function versionOf(program: string): Version | undefined {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  const match = status === 0 ? /^Python (\d+)\.(\d+)\.(\d+)\s*$/.exec(stdout) : null;
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined;
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
