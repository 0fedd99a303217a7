import { randomBytes } from 'node:crypto';
import * as nodeFiles from 'node:fs/promises';
import path from 'node:path';
import { instantOrNull, isJsonObject, MeterError } from '@smart-meter/meter-adapter';

/** What must outlive a restart so that it needs no new log-in. All of it is secret. */
export interface StoredTokens {
  /** Which credentials these tokens came from: a digest, so that others make them void. */
  origin: string;
  idToken: string;
  /** UTC, by this machine's clock. */
  idTokenExpiresAt: Date;
  refreshToken: string;
}

export interface TokenStore {
  /** null where there is nothing, or nothing that can be used. Throws `MeterError` when it may not be read. */
  load(): Promise<StoredTokens | null>;
  /** Resolves once the tokens would survive a loss of power. Throws `MeterError`. */
  save(tokens: StoredTokens): Promise<void>;
}

/** The part of `node:fs/promises` that is used. */
export type FileOperations = Pick<
  typeof nodeFiles,
  'chmod' | 'mkdir' | 'open' | 'readFile' | 'rename' | 'unlink'
>;

const OWNER_ONLY = 0o600;

/** Tokens in one file that only its owner may read, replaced as a whole or not at all. */
export class FileTokenStore implements TokenStore {
  constructor(
    private readonly filePath: string,
    private readonly files: FileOperations = nodeFiles,
  ) {}

  async load(): Promise<StoredTokens | null> {
    let text: string;
    try {
      text = await this.files.readFile(this.filePath, 'utf8');
      await this.files.chmod(this.filePath, OWNER_ONLY);
    } catch (error) {
      if (isAbsent(error)) return null;
      throw this.fault('read', error);
    }
    return parseTokens(text);
  }

  async save(tokens: StoredTokens): Promise<void> {
    const temporaryPath = `${this.filePath}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await this.files.mkdir(path.dirname(this.filePath), { recursive: true });
      await this.writeDurably(temporaryPath, JSON.stringify(tokens));
      await this.files.rename(temporaryPath, this.filePath);
      await this.syncDirectory(path.dirname(this.filePath));
    } catch (error) {
      // What is left of the attempt is of no use; that it cannot be removed adds nothing to the error below.
      await this.files.unlink(temporaryPath).catch(() => undefined);
      throw this.fault('write', error);
    }
  }

  private async writeDurably(filePath: string, text: string): Promise<void> {
    const file = await this.files.open(filePath, 'wx', OWNER_ONLY);
    try {
      await file.writeFile(text, 'utf8');
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** A rename is on disk only when its directory is. */
  private async syncDirectory(directory: string): Promise<void> {
    const handle = await this.files.open(directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  private fault(doing: string, cause: unknown): MeterError {
    const code = isErrno(cause) ? cause.code : 'an unknown fault';
    return new MeterError(
      'configuration',
      `cannot ${doing} the token file ${this.filePath} (${code}): make it and its folder writable for this service`,
      { cause },
    );
  }
}

function parseTokens(text: string): StoredTokens | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A damaged file is worth as much as none: the credentials give new tokens.
    return null;
  }
  if (!isJsonObject(value)) return null;
  const { origin, idToken, refreshToken } = value;
  const idTokenExpiresAt = instantOrNull(value['idTokenExpiresAt']);
  if (typeof origin !== 'string' || typeof idToken !== 'string' || typeof refreshToken !== 'string')
    return null;
  return idTokenExpiresAt && { origin, idToken, idTokenExpiresAt, refreshToken };
}

function isErrno(error: unknown): error is { code: string } {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string';
}

function isAbsent(error: unknown): boolean {
  return isErrno(error) && error.code === 'ENOENT';
}
