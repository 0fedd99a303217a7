import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import * as nodeFiles from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { decodeSession, encodeSession, StoredSession } from './stored-session';
import { FileTokenStore } from './token-store';

const session: StoredSession = {
  deviceId: '0123456789abcdef0123456789abcdef',
  email: 'owner@example.com',
  lastLoginAt: new Date('2026-10-02T10:00:00Z'),
  tokens: {
    userId: '61003',
    accessToken: 'access-secret',
    refreshToken: 'refresh-secret',
    issuedAt: new Date('2026-10-02T10:00:00Z'),
    expiresAt: new Date('2026-10-03T10:00:00Z'),
  },
  monitors: [
    { id: '70004', name: 'Home', timeZone: 'America/Denver', solarConfigured: true, createdAt: null },
  ],
};

describe('FileTokenStore', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sense-store-'));
    path = join(folder, 'deeper', 'sense.json');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('has nothing at first, then what was saved, in a file of its own that only its owner can read', async () => {
    const store = new FileTokenStore(path);
    expect(await store.load()).toBeNull();
    await store.save({ ...session, lastLoginAt: null });
    await store.save(session);
    expect(await new FileTokenStore(path).load()).toEqual(session);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'deeper'))).toEqual(['sense.json']);
  });

  it('replaces a file that others could read by one that they cannot', async () => {
    const store = new FileTokenStore(path);
    await store.save(session);
    await chmod(path, 0o644);
    await store.save(session);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it.each(['', '{', '[]', '{"version":2}', '{"version":1,"deviceId":"x","email":"y"}'])(
    'says what to do with a damaged file: %p',
    async (text) => {
      await new FileTokenStore(path).save(session);
      await writeFile(path, text);
      await expect(new FileTokenStore(path).load()).rejects.toMatchObject({
        code: 'configuration',
        message: expect.stringMatching(/sense\.json is damaged: delete it and log in to Sense again/),
      });
    },
  );

  it('never quotes a damaged file, which may hold tokens', async () => {
    await new FileTokenStore(path).save(session);
    await writeFile(path, (await readFile(path, 'utf8')).slice(0, -5));
    const error = await new FileTokenStore(path).load().catch((caught: unknown) => caught);
    expect(JSON.stringify(error) + String(error) + String((error as Error).cause)).not.toContain('secret');
  });

  it('leaves the old session and no other file when the disk is full', async () => {
    await new FileTokenStore(path).save(session);
    const fullDisk = {
      ...nodeFiles,
      rename: () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' })),
    };
    await expect(
      new FileTokenStore(path, fullDisk).save({ ...session, deviceId: 'other' }),
    ).rejects.toMatchObject({
      message: expect.stringContaining('cannot be written (ENOSPC)'),
      retryable: true,
    });
    expect(await new FileTokenStore(path).load()).toEqual(session);
    expect(await readdir(join(folder, 'deeper'))).toEqual(['sense.json']);
  });

  it('keeps every session as it is', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.boolean(),
        fc.integer({ min: 0, max: 4e12 }),
        (a, b, c, ms) => {
          const any: StoredSession = {
            ...session,
            email: a,
            lastLoginAt: c ? new Date(ms) : null,
            tokens:
              c && session.tokens ? { ...session.tokens, accessToken: b, expiresAt: new Date(ms) } : null,
            monitors: [{ id: a, name: b, timeZone: null, solarConfigured: c, createdAt: new Date(ms) }],
          };
          expect(decodeSession(encodeSession(any))).toEqual(any);
        },
      ),
    );
  });
});
