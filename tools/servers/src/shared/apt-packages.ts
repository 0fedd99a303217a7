import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const INSTALL_TIMEOUT_MS = 5 * 60_000;

/**
 * Installs packages of Debian for the whole machine: those that cannot run from an unpacked package. Blocks.
 * @returns why they cannot be installed, in one line, or undefined
 */
export function aptInstall(...packages: string[]): string | undefined {
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0) {
    return `only root on Debian can install ${packages.join(' and ')}`;
  }
  aptGet('update');
  const { status, stderr, error } = aptGet('install', '--yes', '--no-install-recommends', ...packages);
  if (status === 0) return undefined;
  const lastLine = stderr?.trim().split('\n').at(-1);
  return `apt-get install ${packages.join(' ')} failed: ${error?.message ?? lastLine ?? 'no reason'}`;
}

const aptGet = (...args: string[]) =>
  spawnSync('apt-get', args, {
    encoding: 'utf8',
    timeout: INSTALL_TIMEOUT_MS,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
  });
