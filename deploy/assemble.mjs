// Puts what runs in production into a folder: compiled code, manifests, production dependencies. Nothing else.
// node deploy/assemble.mjs <folder>, after everything was compiled
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A registry that does not answer must not hold a build up for ever. */
const INSTALL_WITHIN_MS = 300_000;
const source = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = resolve(process.argv[2] ?? source);
if (target === resolve(source)) {
  console.error('expected a folder to assemble into');
  process.exit(1);
}

const manifests = globSync(
  ['package*.json', '{apps,libs,tools}/*/package.json', 'libs/adapters/*/package.json'],
  {
    cwd: source,
  },
);
for (const manifest of ['LICENSE', ...manifests]) copy(manifest);
const runs = /\.(js|cjs|mjs|json|html|css|svg|webmanifest|woff2|png)$/;
for (const folder of globSync(['{apps,libs}/*/dist', 'libs/adapters/*/dist'], { cwd: source })) {
  copy(folder, (path) => !/\.[^/]+$/.test(path.slice(join(source, folder).length)) || runs.test(path));
}

const services = ['apps/smart-meter', 'apps/energy-correlator'].flatMap((app) => ['--workspace', app]);
const { status } = spawnSync(
  'npm',
  ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', ...services],
  {
    cwd: target,
    stdio: ['ignore', 2, 2],
    timeout: INSTALL_WITHIN_MS,
  },
);
if (status !== 0) process.exit(status ?? 1);
// The manifests of tools were there for the lock file alone; npm has linked them all the same.
rmSync(join(target, 'tools'), { recursive: true });
for (const link of globSync('node_modules/@smart-meter/*', { cwd: target })) {
  if (!existsSync(join(target, link))) rmSync(join(target, link));
}

function copy(path, filter = () => true) {
  mkdirSync(dirname(join(target, path)), { recursive: true });
  cpSync(join(source, path), join(target, path), { recursive: true, filter });
}
