import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { aptInstall } from '../shared/apt-packages';
import { Availability, ServerKind, ServerUnavailableError } from '../shared/availability';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

let found: { path: string } | { reason: string } | undefined;

/** A browser without a screen, for tests of the page: `CHROMIUM_PATH`, else one on PATH, else Debian's. */
export const CHROMIUM: ServerKind = {
  name: 'Chromium',
  availability: (): Availability => {
    const result = find();
    return 'path' in result ? { available: true } : { available: false, reason: result.reason };
  },
};

/** What starts Chromium; its arguments are the caller's. Throws `ServerUnavailableError` where there is none. */
export function chromiumPath(): string {
  const result = find();
  if ('path' in result) return result.path;
  throw new ServerUnavailableError(CHROMIUM.name, result.reason);
}

function find(): NonNullable<typeof found> {
  found ??= named() ?? onPath() ?? install();
  return found;
}

function named(): typeof found {
  const path = process.env['CHROMIUM_PATH'];
  if (!path) return undefined;
  return isExecutable(path) ? { path } : { reason: `CHROMIUM_PATH is "${path}", which cannot be run` };
}

function onPath(): { path: string } | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const path = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
  return path === undefined ? undefined : { path };
}

/** A browser needs dozens of libraries: unlike a server it cannot run from an unpacked package. */
function install(): NonNullable<typeof found> {
  const refusal = aptInstall('chromium');
  return (
    onPath() ?? {
      reason: `it is not on PATH, and ${refusal ?? 'not after its installation'}; CHROMIUM_PATH names another`,
    }
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there or not ours to run: either way not the program that is looked for.
    return false;
  }
}
