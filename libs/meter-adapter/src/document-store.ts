import { randomBytes } from 'node:crypto';
import * as nodeFiles from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MeterError } from './meter-error';

/** One small JSON document that outlives the process: tokens, what a meter must remember. */
export interface DocumentStore {
  /** What was saved last, or undefined. Throws `MeterError` where it cannot be read. */
  load(): Promise<unknown>;
  /** On disk, whole, when this resolves; until then the last one stands. */
  save(document: unknown): Promise<void>;
}

/** The part of `node:fs/promises` that is used: a test can cut it off at any step. */
export type FileOperations = Pick<
  typeof nodeFiles,
  'mkdir' | 'open' | 'readdir' | 'readFile' | 'rename' | 'rm'
>;

/** No save takes this long: a half of one that is older was left behind by a process that was killed. */
const LEFT_BEHIND_AFTER_MS = 60_000;

/** A document in a file of its own, for this user alone (0600), replaced as a whole. */
export class FileDocumentStore implements DocumentStore {
  /** One save at a time: the last one called is the one that stays. */
  private saving: Promise<void> = Promise.resolve();

  constructor(
    private readonly path: string,
    private readonly files: FileOperations = nodeFiles,
  ) {}

  async load(): Promise<unknown> {
    let text: string;
    try {
      text = await this.files.readFile(this.path, 'utf8');
    } catch (error) {
      await this.removeLeftBehind();
      if (errorCode(error) === 'ENOENT') return undefined;
      throw new MeterError('configuration', `${this.path} cannot be read (${errorCode(error)})`, {
        cause: error,
      });
    }
    await this.removeLeftBehind();
    try {
      return JSON.parse(text);
    } catch {
      // The parser quotes what it read, which may be a token: its error is not passed on.
      throw new MeterError('configuration', `${this.path} is damaged: it is no JSON document`);
    }
  }

  save(document: unknown): Promise<void> {
    const saved = this.saving.then(() => this.replace(JSON.stringify(document)));
    // The queue goes on after a failure; the caller is the one that hears of it.
    this.saving = saved.catch(() => undefined);
    return saved;
  }

  private async replace(text: string): Promise<void> {
    const folder = dirname(this.path);
    const temporary = `${this.path}.${Date.now()}-${randomBytes(6).toString('hex')}.tmp`;
    try {
      await this.files.mkdir(folder, { recursive: true, mode: 0o700 });
      const file = await this.files.open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await this.files.rename(temporary, this.path);
      await this.syncFolder(folder);
    } catch (error) {
      await this.files.rm(temporary, { force: true }).catch(() => {
        // The first error is the one that matters; a left-over is as private as the document.
      });
      throw new MeterError('unavailable', `${this.path} cannot be written (${errorCode(error)})`, {
        cause: error,
      });
    }
    await this.removeLeftBehind();
  }

  /** What a kill in the middle of a save leaves may hold a token. A save of another process is let be. */
  private async removeLeftBehind(): Promise<void> {
    const folder = dirname(this.path);
    try {
      for (const name of await this.files.readdir(folder)) {
        const savedAtMs = this.savedAtMs(name);
        if (savedAtMs === undefined || Math.abs(Date.now() - savedAtMs) < LEFT_BEHIND_AFTER_MS) continue;
        await this.files.rm(join(folder, name), { force: true });
      }
    } catch {
      // The document itself is there or is told of; left-overs are as private as it is, and met again next time.
    }
  }

  /** When the temporary file of that name was begun; undefined for any other file. */
  private savedAtMs(name: string): number | undefined {
    const prefix = `${basename(this.path)}.`;
    const match = name.startsWith(prefix)
      ? /^(\d+)-[0-9a-f]{12}\.tmp$/.exec(name.slice(prefix.length))
      : null;
    return match ? Number(match[1]) : undefined;
  }

  /** A new name is only safe once its folder is on disk. */
  private async syncFolder(folder: string): Promise<void> {
    const handle = await this.files.open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}
