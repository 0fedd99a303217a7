import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileDocumentStore } from './document-store';

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
