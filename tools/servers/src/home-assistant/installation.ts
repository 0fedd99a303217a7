import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BASE_INTEGRATIONS, httpConfiguration } from './configuration';
import { FittingPython, findPython, WANTED_PYTHON } from './python';

const STEP_TIMEOUT_MS = 3 * 60_000;
/** As long as another process may need for the same installation. */
const LOCK_TIMEOUT_MS = 6 * 60_000;

export interface Installation {
  python: string;
  version: string;
}

/** Home Assistant in a virtual environment of the user's cache folder, or the reason why not. */
export type InstallationResult = Installation | { refusal: string };

let result: InstallationResult | undefined;

/** Installs Home Assistant where it is not yet. Blocks; asked again, it answers at once. */
export function installHomeAssistant(): InstallationResult {
  result ??= findOrInstall();
  return result;
}

function findOrInstall(): InstallationResult {
  const python = findPython();
  if (python === undefined) return { refusal: `no ${WANTED_PYTHON}` };
  const folder = join(
    process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
    'smart-meter',
    `home-assistant-${python.homeAssistant.version}`,
  );
  const finished = () => finishedInstallation(folder, python.homeAssistant.version);
  try {
    return finished() ?? underLock(folder, () => finished() ?? install(python, folder));
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : String(error) };
  }
}

/** Written last: only what it names was installed to the end. */
const markerOf = (folder: string) => join(folder, 'finished');

function finishedInstallation(folder: string, version: string): Installation | undefined {
  if (!existsSync(markerOf(folder))) return undefined;
  const python = readFileSync(markerOf(folder), 'utf8');
  // The interpreter that the environment links to may have been removed since.
  return existsSync(python) ? { python, version } : undefined;
}

/** One process installs, the others wait. SQLite's lock goes with its process, however that ends. */
function underLock<Result>(folder: string, work: () => Result): Result {
  mkdirSync(folder, { recursive: true });
  const lock = new DatabaseSync(join(folder, 'lock'), { timeout: LOCK_TIMEOUT_MS });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return work();
  } finally {
    lock.close();
  }
}

/** Each try has a folder of its own: what an interrupted one left, or still writes, is out of the way. */
function install({ program, homeAssistant }: FittingPython, folder: string): Installation {
  for (const name of readdirSync(folder).filter((name) => name.startsWith('environment-'))) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
  const environment = mkdtempSync(join(folder, 'environment-'));
  const python = join(environment, 'bin', 'python');
  process.stderr.write(`Installing Home Assistant ${homeAssistant.version} into ${folder} ...\n`);
  run(program, ['-m', 'venv', environment]);
  // uv takes 20 s for what takes pip two minutes, and Home Assistant itself installs with it.
  run(python, ['-m', 'pip', 'install', '--quiet', 'uv']);
  const until = { UV_EXCLUDE_NEWER: homeAssistant.packagesUntil };
  run(
    python,
    ['-m', 'uv', 'pip', 'install', '--python', python, `homeassistant==${homeAssistant.version}`],
    until,
  );
  startOnce(python, until);
  const unfinished = `${markerOf(folder)}.new`;
  writeFileSync(unfinished, python);
  renameSync(unfinished, markerOf(folder));
  return { python, version: homeAssistant.version };
}

/** The first start installs what the integrations need, so that later ones do without a network. */
function startOnce(python: string, environment: Record<string, string>): void {
  const configDir = mkdtempSync(join(tmpdir(), 'home-assistant-first-'));
  const stopper = join(configDir, 'custom_components', 'stop_when_started');
  try {
    mkdirSync(stopper, { recursive: true });
    writeFileSync(
      join(stopper, 'manifest.json'),
      JSON.stringify({ domain: 'stop_when_started', name: 'Stop when started', version: '1.0.0' }),
    );
    writeFileSync(join(stopper, '__init__.py'), STOP_WHEN_STARTED);
    writeFileSync(
      join(configDir, 'configuration.yaml'),
      `${BASE_INTEGRATIONS}${httpConfiguration(freePort(python))}stop_when_started:\n`,
    );
    run(python, ['-m', 'homeassistant', '-c', configDir], environment);
  } finally {
    rmSync(configDir, { recursive: true, force: true });
  }
}

const STOP_WHEN_STARTED = `
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED

async def async_setup(hass, config):
    async def stop(event):
        hass.async_create_task(hass.async_stop())

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STARTED, stop)
    return True
`;

/** Asked of Python because this is the one thing that Node cannot tell without waiting for it. */
function freePort(python: string): number {
  return Number(
    run(python, [
      '-c',
      'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])',
    ]),
  );
}

/** @returns what it printed */
function run(command: string, args: string[], environment: Record<string, string> = {}): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    timeout: STEP_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error === undefined && status === 0) return stdout;
  const reason =
    error?.message ?? (stderr.trim().split('\n').slice(-3).join(' ') || `exit code ${String(status)}`);
  throw new Error(`${args.slice(0, 4).join(' ')} failed: ${reason}`);
}
