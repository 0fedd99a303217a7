import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const workspaceRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const binaries = join(workspaceRoot, 'node_modules', '.bin');

/** The environment in which every command of the workspace runs: the pinned Node first, Nx without questions. */
export const workspaceEnvironment = {
  ...process.env,
  PATH: `${binaries}${delimiter}${process.env.PATH ?? ''}`,
  NX_TUI: 'false',
  NX_NO_CLOUD: 'true',
  NX_DAEMON: 'false',
  NX_ISOLATE_PLUGINS: 'false',
};

/** How a service runs: small, since it runs for years beside other things, and without noise. */
export const nodeFlags = [
  '--optimize-for-size',
  '--max-semi-space-size=1',
  '--disable-warning=ExperimentalWarning',
];

/** Installs what the lock file says, unless that is what is installed. */
export function ensureInstalled() {
  const installed = join(workspaceRoot, 'node_modules', '.package-lock.json');
  const wanted = join(workspaceRoot, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  console.log('Installing the dependencies (once, about a minute)');
  run('npm', ['ci', '--no-audit', '--no-fund']);
}

/** Runs a command in the workspace; ends this process where it fails. */
export function run(command, args, extraEnvironment = {}) {
  const status = tryRun(command, args, extraEnvironment);
  if (status !== 0) process.exit(status);
}

/** Runs a command in the workspace and returns its exit status. */
export function tryRun(command, args, extraEnvironment = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: workspaceRoot,
    stdio: 'inherit',
    env: { ...workspaceEnvironment, ...extraEnvironment },
  });
  if (error) console.error(`${command}: ${error.message}`);
  return status ?? 1;
}
