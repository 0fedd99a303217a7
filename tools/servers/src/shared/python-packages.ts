import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

const STEP_TIMEOUT_MS = 180_000;

/** The interpreter of an environment that has a package, or the reason why there is none. */
export type PythonEnvironment = { python: string } | { refusal: string };

/**
 * A package of PyPI in a virtual environment of the user's cache folder, installed where it is not yet. Blocks.
 * @param requirement with its version: `pyemvue==0.18.9`
 */
export function pythonWith(requirement: string): PythonEnvironment {
  const cache = process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache');
  const folder = path.join(cache, 'smart-meter', requirement.replace('==', '-'));
  const marker = path.join(folder, 'finished');
  try {
    if (!existsSync(marker) || !existsSync(readFileSync(marker, 'utf8')))
      install(requirement, folder, marker);
    return { python: readFileSync(marker, 'utf8') };
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : String(error) };
  }
}

/** The marker comes last and at once, so that an interrupted installation is none. */
function install(requirement: string, folder: string, marker: string): void {
  mkdirSync(folder, { recursive: true });
  const environment = mkdtempSync(path.join(folder, 'environment-'));
  const python = path.join(environment, 'bin', 'python');
  run('python3', ['-m', 'venv', environment]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement]);
  writeFileSync(`${environment}.marker`, python);
  renameSync(`${environment}.marker`, marker);
}

function run(program: string, parameters: string[]): void {
  const { error, status, stderr } = spawnSync(program, parameters, {
    encoding: 'utf8',
    timeout: STEP_TIMEOUT_MS,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(stderr.trim().split('\n').at(-1) ?? `${program} ended with ${status}`);
}
