import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import * as nodeFiles from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FileOperations, FileTokenStore, StoredTokens } from './token-store';

const tokens = (mark: string): StoredTokens => ({
  origin: 'origin',
  idToken: `id-${mark}`,
  idTokenExpiresAt: new Date('2026-06-15T12:00:00Z'),
  refreshToken: `refresh-${mark}`,
});

/** Files of a process that dies at its n-th operation: that one and all after it never end. */
function dyingFiles(operationsLeft: number, opened: nodeFiles.FileHandle[]): FileOperations {
  let left = operationsLeft;
  const live = () => left-- > 0;
  const never = new Promise<never>(() => undefined);
  const guard =
    <A extends unknown[], R>(operation: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      live() ? operation(...args) : never;
  const open = async (...args: Parameters<typeof nodeFiles.open>) => {
    if (!live()) return never;
    const handle = await nodeFiles.open(...args);
    opened.push(handle);
    return {
      // Dying within a write leaves a part of it.
      writeFile: (text: string) =>
        live() ? handle.writeFile(text) : handle.writeFile(text.slice(0, 20)).then(() => never),
      sync: guard(() => handle.sync()),
      close: guard(() => handle.close()),
    };
  };
  return {
    chmod: guard(nodeFiles.chmod),
    mkdir: guard(nodeFiles.mkdir),
    readFile: guard(nodeFiles.readFile),
    rename: guard(nodeFiles.rename),
    unlink: guard(nodeFiles.unlink),
    open,
  } as unknown as FileOperations;
}

describe('FileTokenStore', () => {
  let folder: string;
  let filePath: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'emporia-tokens-'));
    filePath = path.join(folder, 'deep', 'tokens.json');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('gives back what it was given, and leaves nothing else behind', async () => {
    const store = new FileTokenStore(filePath);
    expect(await store.load()).toBeNull();
    await store.save(tokens('1'));
    await store.save(tokens('2'));
    expect(await new FileTokenStore(filePath).load()).toEqual(tokens('2'));
    expect(readdirSync(path.dirname(filePath))).toEqual(['tokens.json']);
  });

  it('lets no one else read the file, even one that was left open to all', async () => {
    const store = new FileTokenStore(filePath);
    await store.save(tokens('1'));
    expect(statSync(filePath).mode & 0o777).toBe(0o600);
    chmodSync(filePath, 0o644);
    await store.load();
    expect(statSync(filePath).mode & 0o777).toBe(0o600);
  });

  it.each(['', '{', '[]', 'null', '{"idToken":7}', '{"origin":"o","idToken":"i","refreshToken":"r"}'])(
    'takes the damaged content %p for none',
    async (content) => {
      const store = new FileTokenStore(path.join(folder, 'tokens.json'));
      writeFileSync(path.join(folder, 'tokens.json'), content);
      expect(await store.load()).toBeNull();
    },
  );

  it('says which file cannot be written, and nothing of its content', async () => {
    writeFileSync(path.join(folder, 'file'), '');
    const store = new FileTokenStore(path.join(folder, 'file', 'tokens.json'));
    await expect(store.save(tokens('secret'))).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringMatching(/cannot write the token file .*tokens\.json \((ENOTDIR|EEXIST)\)/),
    });
    await expect(store.save(tokens('secret'))).rejects.not.toThrow(/secret/);
  });

  it('holds the old tokens or the new ones, whole, wherever the process dies', async () => {
    await new FileTokenStore(filePath).save(tokens('old'));
    const seen = new Set<string>();
    for (let operations = 0; operations <= 12; operations += 1) {
      await new FileTokenStore(filePath).save(tokens('old'));
      const opened: nodeFiles.FileHandle[] = [];
      const dying = new FileTokenStore(filePath, dyingFiles(operations, opened)).save(tokens('new'));
      await Promise.race([dying, new Promise((resolve) => setTimeout(resolve, 20))]);
      await Promise.all(opened.map((handle) => handle.close()));
      const survived = await new FileTokenStore(filePath).load();
      expect([tokens('old'), tokens('new')]).toContainEqual(survived);
      seen.add(survived?.idToken ?? '');
    }
    expect(seen).toEqual(new Set(['id-old', 'id-new']));
    expect(readFileSync(filePath, 'utf8')).toContain('id-new');
  });
});
