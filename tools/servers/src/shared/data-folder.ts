import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface DataFolder {
  path: string;
  /** Deletes the folder where it is ours; a folder that was handed in stays. */
  remove(): void;
}

/** The given folder, or a new one that goes when the server or this process goes. */
export function dataFolder(given: string | undefined, prefix: string): DataFolder {
  if (given !== undefined) return { path: given, remove: () => undefined };
  const path = mkdtempSync(join(tmpdir(), `${prefix}-`));
  const remove = () => {
    process.off('exit', remove);
    rmSync(path, { recursive: true, force: true });
  };
  process.on('exit', remove);
  return { path, remove };
}
