import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const STEP_TIMEOUT_MS = 5 * 60_000;
const DEBIAN = 'bookworm';

/**
 * What `node:24-bookworm-slim` holds, from where no registry of images has to be asked: Debian's smallest system, the
 * Node that this process runs on, npm and the user `node`. Kept in the user's cache folder. Blocks; throws what failed.
 * @returns path of the archive of its files
 */
export function baseImageArchive(): string {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'smart-meter', 'images');
  const archive = join(cache, `node-${process.version}-${DEBIAN}-${process.arch}.tar`);
  if (existsSync(archive)) return archive;
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, 'making-'));
  try {
    process.stderr.write(`Making a base image in ${cache} ...\n`);
    const root = join(scratch, 'root');
    run('debootstrap', '--variant=minbase', '--include=ca-certificates', DEBIAN, root, ...mirror());
    run('chroot', root, 'useradd', '--create-home', '--uid', '1000', 'node');
    run('npm', 'install', '--global', '--prefix', join(root, 'usr', 'local'), `npm@${npmVersion()}`);
    copyFileSync(process.execPath, join(root, 'usr', 'local', 'bin', 'node'));
    run('chroot', root, 'sh', '-c', 'apt-get clean && rm -rf /var/lib/apt/lists/*');
    const finished = join(scratch, 'finished.tar');
    run('tar', '--directory', root, '--create', '--file', finished, '.');
    renameSync(finished, archive);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return archive;
}

const npmVersion = () => run('npm', '--version').trim();

/** Where this machine has its packages from; debootstrap's own choice where that is not told. */
function mirror(): string[] {
  const [first = ''] = run(
    'apt-get',
    'indextargets',
    '--format',
    '$(REPO_URI)',
    'Created-By: Packages',
    'Label: Debian',
  ).split('\n');
  return first === '' ? [] : [first];
}

function run(program: string, ...parameters: string[]): string {
  const { status, error, stdout, stderr } = spawnSync(program, parameters, {
    encoding: 'utf8',
    timeout: STEP_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error === undefined && status === 0) return stdout;
  const reason = error?.message ?? (stderr.trim().split('\n').at(-1) || `it ended with ${String(status)}`);
  throw new Error(`${program} ${parameters[0] ?? ''} failed: ${reason}`);
}
