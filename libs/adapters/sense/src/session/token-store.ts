import * as nodeFiles from 'node:fs/promises';
import { dirname } from 'node:path';
import { randomUUID } from 'node:crypto';
import { MeterError } from '@smart-meter/meter-adapter';
import { decodeSession, encodeSession, StoredSession } from './stored-session';

/** Keeps the session of one account over restarts. */
export interface TokenStore {
  /** null where nothing has been stored. Throws `MeterError`. */
  load(): Promise<StoredSession | null>;
  /** Resolves once the session would survive a power cut. Throws `MeterError`. */
  save(session: StoredSession): Promise<void>;
}

/** The part of `node:fs/promises` that the store uses. */
export type TokenFiles = Pick<typeof nodeFiles, 'mkdir' | 'open' | 'readFile' | 'rename' | 'rm'>;

const OWNER_ONLY = 0o600;

/** One JSON file, readable by its owner alone, that is replaced whole or not at all. */
export class FileTokenStore implements TokenStore {
  constructor(
    private readonly path: string,
    private readonly files: TokenFiles = nodeFiles,
  ) {}

  async load(): Promise<StoredSession | null> {
    let text: string;
    try {
      text = await this.files.readFile(this.path, 'utf8');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      throw this.fault('cannot be read', error);
    }
    try {
      return decodeSession(text);
    } catch {
      // The cause is left out: a JSON error quotes the text, which holds the tokens.
      throw this.fault('is damaged: delete it and log in to Sense again');
    }
  }

  async save(session: StoredSession): Promise<void> {
    const temporaryPath = `${this.path}.${randomUUID()}.tmp`;
    try {
      await this.files.mkdir(dirname(this.path), { recursive: true });
      await this.writeDurably(temporaryPath, encodeSession(session));
      await this.files.rename(temporaryPath, this.path);
      await this.syncFolder();
    } catch (error) {
      await this.files.rm(temporaryPath, { force: true }).catch(() => {
        // What matters is the first error; a left-over is as private as the file itself.
      });
      throw this.fault('cannot be written', error);
    }
  }

  private async writeDurably(path: string, text: string): Promise<void> {
    const file = await this.files.open(path, 'wx', OWNER_ONLY);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** A rename is on disk only when its folder is. */
  private async syncFolder(): Promise<void> {
    const folder = await this.files.open(dirname(this.path), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  private fault(what: string, cause?: unknown): MeterError {
    const code = errorCode(cause);
    const reason = code === undefined ? '' : ` (${code})`;
    return new MeterError('configuration', `the Sense session file ${this.path} ${what}${reason}`, {
      cause,
      retryable: cause !== undefined,
    });
  }
}

function errorCode(error: unknown): string | undefined {
  const isCoded = typeof error === 'object' && error !== null && 'code' in error;
  return isCoded ? String(error.code) : undefined;
}
