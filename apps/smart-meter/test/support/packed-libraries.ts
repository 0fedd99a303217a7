import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { ServerKind } from '@smart-meter/servers';
import { WORKSPACE } from './documentation';
import { temporaryFolder } from './running-service';

export interface Manifest {
  name: string;
  version: string;
  private?: boolean;
  description?: string;
  license?: string;
  keywords?: string[];
  exports: { '.': Record<string, string> };
  main: string;
  types: string;
  dependencies?: Record<string, string>;
}

export interface Library {
  /** From the root of the workspace. */
  folder: string;
  manifest: Manifest;
}

/** Where an installation gets the libraries' own dependencies from. */
export const PACKAGE_REGISTRY: ServerKind = {
  name: 'package registry',
  availability: () => {
    const { status, output } = npm(['view', 'undici', 'version', '--fetch-retries=0'], WORKSPACE);
    return status === 0 ? { available: true } : { available: false, reason: output.split('\n')[0] ?? '' };
  },
};

/** Every library that is published. */
export function publishedLibraries(): Library[] {
  return ['libs', 'libs/adapters']
    .flatMap((parent) => readdirSync(join(WORKSPACE, parent)).map((name) => `${parent}/${name}`))
    .filter((folder) => existsSync(join(WORKSPACE, folder, 'package.json')))
    .map((folder) => ({ folder, manifest: readManifest(join(WORKSPACE, folder)) }))
    .filter(({ manifest }) => manifest.private !== true);
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/**
 * Compiles and packs the libraries in a copy of the workspace: nothing that was compiled earlier gets in.
 * @returns the tarballs by the name of the package
 */
export function packLibraries(libraries: readonly Library[], workspace: string): Map<string, string> {
  const projects = libraries.map(({ folder }) => join(folder, 'tsconfig.lib.json'));
  expectSuccess(run(join(WORKSPACE, 'node_modules', '.bin', 'tsc'), ['--build', ...projects], workspace));
  expectSuccess(npm(['pack', '--silent', ...libraries.map(({ folder }) => `./${folder}`)], workspace));
  return new Map(
    libraries.map(({ manifest: { name, version } }) => [
      name,
      join(workspace, `${name.slice(1).replace('/', '-')}-${version}.tgz`),
    ]),
  );
}

/** An empty project with nothing but these tarballs and what they depend on. */
export function installInEmptyProject(tarballs: readonly string[]): string {
  const project = temporaryFolder();
  writeFileSync(
    join(project, 'package.json'),
    '{ "name": "consumer", "version": "1.0.0", "private": true }\n',
  );
  expectSuccess(npm(['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs], project));
  return project;
}

/** The types of Node, which every project in TypeScript has. */
export function addNodeTypes(project: string): void {
  mkdirSync(join(project, 'node_modules', '@types'), { recursive: true });
  symlinkSync(
    join(WORKSPACE, 'node_modules', '@types', 'node'),
    join(project, 'node_modules', '@types', 'node'),
  );
}

export interface Outcome {
  status: number | null;
  output: string;
}

/** Runs a program without what the tests' own process was started with. */
export function run(program: string, args: readonly string[], cwd: string): Outcome {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    timeout: 120_000,
    env: plainEnvironment(),
  });
  return { status, output: `${stdout}${stderr}${error?.message ?? ''}` };
}

/** As a user's shell has it: this Node first, and no options for it. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  return {
    ...process.env,
    PATH: path,
    NODE_OPTIONS: '',
    NODE_ENV: '',
    NODE_NO_WARNINGS: '1',
    FORCE_COLOR: '0',
  };
}

function npm(args: readonly string[], cwd: string): Outcome {
  return run('npm', args, cwd);
}

function expectSuccess({ status, output }: Outcome): void {
  if (status !== 0) throw new Error(output);
}
