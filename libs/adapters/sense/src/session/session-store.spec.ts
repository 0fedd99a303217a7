import { DocumentStore } from '@smart-meter/meter-adapter';
import * as fc from 'fast-check';
import { MemoryTokenStore } from '../testing/memory-token-store';
import { SessionStore } from './session-store';
import { StoredSession } from './stored-session';

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

describe('SessionStore', () => {
  it('has nothing at first, then what was saved', async () => {
    const store = new SessionStore(new MemoryTokenStore());
    expect(await store.load()).toBeNull();
    await store.save(session);
    expect(await store.load()).toEqual(session);
  });

  it.each([
    ['null', null, 'session: expected an object'],
    ['another version', { version: 2 }, 'session.version'],
    ['no monitors', { version: 1, deviceId: 'x', email: 'y' }, 'session.monitors'],
    ['a token without its end', withTokens({ expiresAt: 'soon' }), 'session.tokens.expiresAt'],
    ['no refresh token', withTokens({ refreshToken: 7 }), 'session.tokens.refreshToken'],
  ])(
    'says what is wrong with a damaged one and what to do, and quotes no token: %s',
    async (_name, document, field) => {
      const damaged: DocumentStore = { load: () => Promise.resolve(document), save: () => Promise.resolve() };
      const error: unknown = await new SessionStore(damaged).load().catch((caught: unknown) => caught);
      expect(error).toMatchObject({
        code: 'configuration',
        message: expect.stringContaining('delete it and log in to Sense again'),
      });
      expect(String(error)).toContain(field);
      expect(`${String(error)} ${String((error as Error).cause)}`).not.toContain('secret');
    },
  );

  it('keeps every session as it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string(),
        fc.string(),
        fc.boolean(),
        fc.integer({ min: 0, max: 4e12 }),
        async (a, b, c, ms) => {
          const any: StoredSession = {
            ...session,
            email: a,
            lastLoginAt: c ? new Date(ms) : null,
            tokens:
              c && session.tokens ? { ...session.tokens, accessToken: b, expiresAt: new Date(ms) } : null,
            monitors: [{ id: a, name: b, timeZone: null, solarConfigured: c, createdAt: new Date(ms) }],
          };
          const store = new SessionStore(new MemoryTokenStore());
          await store.save(any);
          expect(await store.load()).toEqual(any);
        },
      ),
    );
  });
});

function withTokens(changes: object): object {
  return JSON.parse(
    JSON.stringify({ version: 1, ...session, tokens: { ...session.tokens, ...changes } }),
  ) as object;
}
