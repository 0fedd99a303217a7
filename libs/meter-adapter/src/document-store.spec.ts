import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import * as nodeFiles from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileDocumentStore, FileOperations } from './document-store';

/** The file operations of a process that is killed at its n-th one: that one and all after it never end. */
function dyingFiles(operations: number) {
  const dying = Promise.withResolvers<void>();
  const opened: nodeFiles.FileHandle[] = [];
  let left = operations;
  const guarded = <Target extends object>(target: Target): Target =>
    new Proxy(target, {
      get: (_, name) => {
        const operation: unknown = Reflect.get(target, name);
        if (typeof operation !== 'function') return operation;
        return async (...parameters: unknown[]) => {
          left -= 1;
          if (left < 0) {
            dying.resolve();
            return new Promise(() => undefined);
          }
          const result: unknown = await operation.apply(target, parameters);
          if (name !== 'open') return result;
          opened.push(result as nodeFiles.FileHandle);
          return guarded(result as nodeFiles.FileHandle);
        };
      },
    });
  return {
    files: guarded<FileOperations>(nodeFiles),
    death: dying.promise.then(() => 'killed'),
    bury: () => Promise.allSettled(opened.map((handle) => handle.close())),
  };
}

describe('FileDocumentStore', () => {
  const folder = () => join(mkdtempSync(join(tmpdir(), 'documents-')), 'deep');

  it('keeps a document for this user alone, and leaves nothing else behind', async () => {
    const path = join(folder(), 'tokens.json');
    const store = new FileDocumentStore(path);
    expect(await store.load()).toBeUndefined();
    await store.save({ refresh: 'first' });
    await store.save({ refresh: 'second' });
    expect(await new FileDocumentStore(path).load()).toEqual({ refresh: 'second' });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(path, '..'))).toEqual(['tokens.json']);
  });

  it('ends with the last of many saves at once', async () => {
    const path = join(folder(), 'state.json');
    const store = new FileDocumentStore(path);
    await Promise.all([1, 2, 3, 4, 5].map((n) => store.save({ n })));
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ n: 5 });
  });

  it('is whole whenever the process is killed, and cleans up after it', async () => {
    const path = join(folder(), 'tokens.json');
    const names = () => readdirSync(join(path, '..'));
    let nowMs = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => nowMs);
    await new FileDocumentStore(path).save({ n: -1 });
    writeFileSync(`${path}.old.tmp`, 'another owner');
    let leftBehind = 0;
    let last = -1;
    for (let n = 0, outcome = 'killed'; outcome === 'killed'; n += 1) {
      const { files, death, bury } = dyingFiles(n);
      const saved = new FileDocumentStore(path, files).save({ n }).then(() => 'saved');
      outcome = await Promise.race([saved, death]);
      await bury();
      leftBehind += names().length - 2;
      // A save of another process may be under way.
      const found = (await new FileDocumentStore(path).load()) as { n: number };
      expect([last, n]).toContain(found.n);
      last = found.n;
      if (outcome === 'saved') expect(found).toEqual({ n });
      nowMs += 61_000;
      await new FileDocumentStore(path).load();
      expect(names()).toEqual(['tokens.json', 'tokens.json.old.tmp']);
    }
    expect(leftBehind).toBeGreaterThan(3);
    jest.restoreAllMocks();
  });

  it('cleans up when it saves, too', async () => {
    const path = join(folder(), 'tokens.json');
    const { files, death, bury } = dyingFiles(3);
    await Promise.race([new FileDocumentStore(path, files).save({}), death]);
    await bury();
    const laterMs = Date.now() + 61_000;
    jest.spyOn(Date, 'now').mockReturnValue(laterMs);
    await new FileDocumentStore(path).save({ n: 1 });
    expect(readdirSync(join(path, '..'))).toEqual(['tokens.json']);
    jest.restoreAllMocks();
  });

  it('says that a document is damaged without quoting it', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'documents-')), 'tokens.json');
    writeFileSync(path, '{"refresh":"s3cret"');
    const load = new FileDocumentStore(path).load();
    await expect(load).rejects.toMatchObject({ code: 'configuration' });
    await expect(load).rejects.not.toThrow('s3cret');
  });

  it('says what is wrong where it cannot write, and goes on afterwards', async () => {
    const blocked = join(mkdtempSync(join(tmpdir(), 'documents-')), 'file');
    writeFileSync(blocked, '');
    const store = new FileDocumentStore(join(blocked, 'tokens.json'));
    await expect(store.save({})).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.save({})).rejects.toThrow('cannot be written');
  });
});
