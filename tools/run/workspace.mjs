import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
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
  '--no-maglev',
  '--disable-warning=ExperimentalWarning',
];

/**
 * How its memory is taken: two arenas instead of eight for each core, and what is freed goes back to the system at once.
 * glibc reads these at the start; elsewhere they mean nothing.
 */
export const allocatorEnvironment = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '65536',
  MALLOC_TRIM_THRESHOLD_: '65536',
};

/** Installs what the lock file says, unless that is what is installed. */
export function ensureInstalled() {
  const installed = join(workspaceRoot, 'node_modules', '.package-lock.json');
  const wanted = join(workspaceRoot, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  console.log('Installing the dependencies (once, about a minute)');
  run('npm', ['ci', '--no-audit', '--no-fund']);
}

/** Builds the page, unless nothing that it is made of has changed since. */
export function ensurePageBuilt() {
  const dashboard = join(workspaceRoot, 'apps', 'dashboard');
  const built = join(dashboard, 'dist', 'index.html');
  const sources = ['src', 'public', 'index.html', 'vite.config.mjs', 'package.json'];
  const newestMs = Math.max(...sources.map((name) => newestChangeMs(join(dashboard, name))));
  if (existsSync(built) && statSync(built).mtimeMs >= newestMs) return;
  const vite = dirname(createRequire(join(dashboard, 'package.json')).resolve('vite/package.json'));
  run('node', [join(vite, 'bin', 'vite.js'), 'build', dashboard, '--logLevel', 'warn']);
}

/** When a file, a folder or anything in it was changed last: a deletion changes the folder. */
function newestChangeMs(path) {
  const entry = statSync(path);
  if (!entry.isDirectory()) return entry.mtimeMs;
  return Math.max(entry.mtimeMs, ...readdirSync(path).map((name) => newestChangeMs(join(path, name))));
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
