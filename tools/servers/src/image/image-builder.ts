import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall } from '../shared/apt-packages';
import { Availability, ServerKind, ServerUnavailableError } from '../shared/availability';
import { dataFolder } from '../shared/data-folder';
import { baseImageArchive } from './base-image';
import { BuiltImage, ImageConfig } from './built-image';

const BUILD_TIMEOUT_MS = 10 * 60_000;
const PROGRAMS = ['buildah', 'debootstrap'];
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

let found: { archive: string } | { reason: string } | undefined;

/** Builds images without an engine: Debian's buildah, on a base image that is made here. The first use takes a minute. */
export const IMAGE_BUILDER: ServerKind = {
  name: 'buildah',
  availability: (): Availability => {
    const result = find();
    return 'archive' in result ? { available: true } : { available: false, reason: result.reason };
  },
};

export interface ImageToBuild {
  /** Folder with the Dockerfile. */
  context: string;
  /** The image that the Dockerfile starts from; the one that is made here takes its place. */
  baseImage: string;
  /** Default: the last stage. */
  target?: string;
}

/**
 * Executes every step of a Dockerfile. Blocks for a minute or two.
 * Throws `ServerUnavailableError` where nothing can build, else what the step that failed has printed.
 */
export function buildImage({ context, baseImage, target }: ImageToBuild): BuiltImage {
  const result = find();
  if ('reason' in result) throw new ServerUnavailableError(IMAGE_BUILDER.name, result.reason);
  const folder = dataFolder(undefined, 'smart-meter-image');
  try {
    const buildah = (command: string, ...parameters: string[]) =>
      run('buildah', [
        ...['--root', join(folder.path, 'storage'), '--runroot', join(folder.path, 'run')],
        ...['--storage-driver', 'vfs', command, ...parameters],
      ]);
    const build = (...parameters: string[]) =>
      buildah('build', '--isolation', 'chroot', '--format', 'docker', '--pull-never', ...parameters);
    const base = join(folder.path, 'base');
    mkdirSync(base);
    copyFileSync(result.archive, join(base, 'base.tar'));
    writeFileSync(join(base, 'Dockerfile'), 'FROM scratch\nADD base.tar /\nCMD ["node"]\n');
    build('--tag', baseImage, base);
    build(
      '--tag',
      'built',
      ...(target === undefined ? [] : ['--target', target]),
      ...settingsOfNpm(folder.path).flatMap((mount) => ['--volume', mount]),
      context,
    );
    const { Docker } = JSON.parse(buildah('inspect', '--type', 'image', 'built')) as {
      Docker: { config: ImageConfig };
    };
    const container = buildah('from', '--pull-never', 'built').trim();
    return new BuiltImage(Docker.config, buildah('mount', container).trim(), folder);
  } catch (error) {
    folder.remove();
    throw error;
  }
}

function find(): NonNullable<typeof found> {
  found ??= prepare();
  return found;
}

function prepare(): NonNullable<typeof found> {
  try {
    const isMissing = (program: string) => spawnSync(program, ['--version']).error !== undefined;
    const missing = PROGRAMS.filter(isMissing);
    const refusal = missing.length === 0 ? undefined : aptInstall(...missing);
    if (refusal !== undefined) return { reason: refusal };
    run('unshare', ['--mount', 'true']);
    return { archive: baseImageArchive() };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The steps reach the registry of packages the way this machine does: mounts for the time of the build alone. */
function settingsOfNpm(folder: string): string[] {
  const setting = (name: string) => run('npm', ['config', 'get', name], folder).trim();
  const texts = [setting('globalconfig'), setting('userconfig')]
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'));
  const certificates = [setting('cafile'), process.env['NODE_EXTRA_CA_CERTS'] ?? ''].find(existsSync);
  const file = join(folder, 'npmrc');
  writeFileSync(file, [...texts, certificates === undefined ? '' : `cafile=${CERTIFICATES}`, ''].join('\n'), {
    mode: 0o600,
  });
  const mounts = [`${file}:/usr/local/etc/npmrc:ro`];
  if (certificates !== undefined) mounts.push(`${certificates}:${CERTIFICATES}:ro`);
  return mounts;
}

function run(program: string, parameters: string[], cwd?: string): string {
  const { status, error, stdout, stderr } = spawnSync(program, parameters, {
    ...(cwd === undefined ? {} : { cwd }),
    encoding: 'utf8',
    timeout: BUILD_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error === undefined && status === 0) return stdout;
  const reason = error?.message ?? `${stdout}${stderr}`.slice(-4_000);
  throw new Error(`${program} ended with ${String(status)}: ${reason}`);
}
