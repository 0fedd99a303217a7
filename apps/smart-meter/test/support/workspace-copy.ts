import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { WORKSPACE } from './documentation';
import { temporaryFolder } from './running-service';

const COPIED = ['apps/smart-meter', 'libs', 'tools'];
const LEFT_OUT = new Set(['node_modules', 'dist', 'out-tsc', 'testdata']);

/** A copy of the workspace's sources that may be changed; installed packages are shared with the original. */
export function workspaceCopy(): string {
  const copy = temporaryFolder();
  const filter = (source: string) => !LEFT_OUT.has(basename(source));
  for (const folder of COPIED)
    cpSync(join(WORKSPACE, folder), join(copy, folder), { recursive: true, filter });
  for (const entry of readdirSync(WORKSPACE, { withFileTypes: true })) {
    if (entry.isFile()) cpSync(join(WORKSPACE, entry.name), join(copy, entry.name));
  }
  mkdirSync(join(copy, 'node_modules', '@smart-meter'), { recursive: true });
  for (const name of readdirSync(join(WORKSPACE, 'node_modules'))) {
    if (name === '@smart-meter' || name.startsWith('.package-lock')) continue;
    symlinkSync(join(WORKSPACE, 'node_modules', name), join(copy, 'node_modules', name));
  }
  return copy;
}

/** What an installation would do: makes the copy's libraries known to each other by name. */
export function linkLibraries(copy: string): void {
  for (const parent of ['libs', 'libs/adapters', 'tools']) {
    for (const name of readdirSync(join(copy, parent))) {
      const manifest = join(copy, parent, name, 'package.json');
      if (!existsSync(manifest) || name === 'generators') continue;
      const { name: packageName } = JSON.parse(readFileSync(manifest, 'utf8')) as { name: string };
      symlinkSync(join(copy, parent, name), join(copy, 'node_modules', packageName));
    }
  }
}
