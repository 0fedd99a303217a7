import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FileDocumentStore } from '@smart-meter/meter-adapter';
import { readStoredTokens } from './stored-tokens';
import { DyingFiles } from './testing/dying-files';
import { EMAIL, PASSWORD, SimulatedCloud, startCloud } from './testing/simulated-cloud';

const signal = new AbortController().signal;
const HOUR_MS = 3_600_000;
/** More than a save takes. */
const OPERATIONS = 14;

describe('a process that is killed at every step of storing new tokens', () => {
  let cloud: SimulatedCloud;
  let folder: string;
  beforeEach(async () => {
    cloud = await startCloud();
    folder = mkdtempSync(path.join(tmpdir(), 'emporia-crash-'));
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    await cloud.simulator.close();
  });

  it.each([
    ['a pasted token', false],
    ['a password', false],
    ['a password, with rotating tokens', true],
  ])(
    'is never locked out: %s',
    async (kind, rotates) => {
      const { userPool } = cloud.simulator;
      userPool.rotateRefreshTokens = rotates;
      const credentials = kind.startsWith('a pasted')
        ? { refreshToken: userPool.issueTokens(EMAIL).refreshToken }
        : { username: EMAIL, password: PASSWORD };
      const tokenFile = path.join(folder, 'tokens.json');
      let killings = 0;
      for (let operations = 0; operations <= OPERATIONS; operations += 1) {
        await cloud
          .meter({ credentials, tokenStore: new FileDocumentStore(tokenFile) })
          .fetchConsumption(signal);
        cloud.clock.advance(2 * HOUR_MS);
        const files = new DyingFiles(operations);
        const dying = cloud.meter({ credentials, tokenStore: new FileDocumentStore(tokenFile, files) });
        await Promise.race([
          dying.fetchConsumption(signal),
          new Promise((resolve) => setTimeout(resolve, 60)),
        ]);
        await files.closeAll();
        if (files.killed) killings += 1;
        // With fewer, steps of a save would go untried.
        if (operations === OPERATIONS) expect(files.killed).toBe(false);

        const stored = readStoredTokens(await new FileDocumentStore(tokenFile).load());
        expect(stored).not.toBeNull();
        const revived = cloud.meter({ credentials, tokenStore: new FileDocumentStore(tokenFile) });
        expect((await revived.fetchConsumption(signal)).reading.totalPowerW).not.toBeNull();
        cloud.clock.advance(2 * HOUR_MS);
      }
      expect(killings).toBeGreaterThan(6);
      // Only tokens that rotate can be lost between Emporia's answer and the disk; then the password helps.
      if (!rotates) expect(userPool.passwordLogIns).toBeLessThanOrEqual(1);
    },
    60_000,
  );
});
