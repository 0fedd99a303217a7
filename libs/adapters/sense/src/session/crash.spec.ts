import { FileDocumentStore } from '@smart-meter/meter-adapter';
import { FakeClock } from '@smart-meter/meter-adapter-testkit';
import { Rotation, SenseSimulator } from '@smart-meter/simulators';
import { mkdtemp, rm, stat, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'undici';
import { loginWithMfa, SenseAccount } from '../sense-account';
import { MortalProcess } from '../testing/mortal-process';
import { accountOptions, MONITOR_ID, never, startSense } from '../testing/sense-fixture';
import { LOGIN_INTERVAL_MS } from './login';

const HOUR_MS = 3_600_000;
const OVERVIEW = `app/monitors/${MONITOR_ID}/overview`;
const CODE = '123456';

interface Scene {
  clock: FakeClock;
  simulator: SenseSimulator;
  path: string;
  agent: Agent;
}

// Real files and real requests, a few hundred times.
jest.setTimeout(60_000);

/** More than the steps of any of the sequences; the tests check that it is. */
const MOST_STEPS = 60;
const allSteps = Array.from({ length: MOST_STEPS }, (_, index) => index + 1);

async function withScene(
  options: { rotation: Rotation; mfa: boolean },
  run: (scene: Scene) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sense-session-'));
  const clock = new FakeClock('2026-10-02T00:00:00Z');
  const { rotation, mfa } = options;
  const simulator = await startSense(clock, { rotation, ...(mfa ? { mfaCode: CODE } : {}) });
  const agent = new Agent();
  try {
    await run({ clock, simulator, path: join(folder, 'sense.json'), agent });
  } finally {
    await simulator.close();
    await agent.destroy();
    await rm(folder, { recursive: true });
  }
}

function optionsOf({ clock, simulator, path }: Scene) {
  return accountOptions(simulator, clock, new FileDocumentStore(path));
}

/** Runs an account in a process that dies on the way; resolves when it is dead, or has answered. */
async function runUntilKilled(scene: Scene, process: MortalProcess): Promise<void> {
  const account = new SenseAccount({
    ...optionsOf(scene),
    tokenStore: new FileDocumentStore(scene.path, process.files),
    dispatcher: process.dispatcher(scene.agent),
  });
  await Promise.race([process.killed, account.get(OVERVIEW, never)]);
  await process.bury();
}

function expectLoginsApart({ accounts }: SenseSimulator): void {
  const times = accounts.loginTimes.map((at) => at.getTime());
  for (const [index, at] of times.entries()) {
    const before = times[index - 1];
    if (before !== undefined) expect(at - before).toBeGreaterThanOrEqual(LOGIN_INTERVAL_MS);
  }
}

describe('a renewal that is killed', () => {
  async function killedRenewal(
    rotation: Rotation,
    mfa: boolean,
    step: number,
    after: (scene: Scene, wasKilled: boolean) => Promise<void>,
  ): Promise<void> {
    await withScene({ rotation, mfa }, async (scene) => {
      await loginWithMfa(optionsOf(scene), () => Promise.resolve(CODE), never);
      await scene.clock.advance(13 * HOUR_MS);
      const process = new MortalProcess(step);
      await runUntilKilled(scene, process);
      await after(scene, process.steps >= step);
    });
  }

  it('has fewer steps than are tried', async () => {
    await killedRenewal('graceful', true, MOST_STEPS, async (_scene, wasKilled) => {
      expect(wasKilled).toBe(false);
    });
  });

  it('never needs a log-in where Sense waits for the new token to be used', async () => {
    for (const step of allSteps) {
      await killedRenewal('graceful', true, step, async (scene) => {
        for (let day = 0; day < 3; day += 1) {
          const { value } = await new SenseAccount(optionsOf(scene)).get(OVERVIEW, never);
          expect(value).toHaveProperty('monitor_overview');
          await scene.clock.advance(13 * HOUR_MS);
        }
        expect(scene.simulator.accounts.loginTimes).toHaveLength(1);
      });
    }
  });

  it('is made good by a log-in where Sense spends the old token at once', async () => {
    let additionalLogins = 0;
    for (const step of allSteps) {
      await killedRenewal('strict', false, step, async (scene) => {
        for (let day = 0; day < 3; day += 1) {
          await new SenseAccount(optionsOf(scene)).get(OVERVIEW, never);
          await scene.clock.advance(13 * HOUR_MS);
        }
        expectLoginsApart(scene.simulator);
        additionalLogins += scene.simulator.accounts.loginTimes.length - 1;
      });
    }
    expect(additionalLogins).toBeGreaterThan(0);
  });

  it('leaves half a day to enter a code where Sense spends the old token at once and wants one', async () => {
    let lost = 0;
    for (const step of allSteps) {
      await killedRenewal('strict', true, step, async (scene) => {
        const account = new SenseAccount(optionsOf(scene));
        await account.get(OVERVIEW, never);
        expectLoginsApart(scene.simulator);
        if (!account.warning) return;
        lost += 1;
        expect(account.warning).toContain('ends at 2026-10-03T00:00:00.000Z');
        expect(account.warning).toContain('smart-meter login sense');
        await scene.clock.advance(10 * HOUR_MS);
        await account.get(OVERVIEW, never);
        await scene.clock.advance(2 * HOUR_MS);
        await expect(account.get(OVERVIEW, never)).rejects.toMatchObject({ code: 'authentication' });
        await loginWithMfa(optionsOf(scene), () => Promise.resolve(CODE), never);
        await account.get(OVERVIEW, never);
        expectLoginsApart(scene.simulator);
      });
    }
    expect(lost).toBeGreaterThan(0);
  });

  it('leaves a file that only its owner can read', async () => {
    for (const step of allSteps) {
      await killedRenewal('graceful', false, step, async ({ path }) => {
        for (const name of await readdir(join(path, '..'))) {
          expect((await stat(join(path, '..', name))).mode & 0o777).toBe(0o600);
        }
      });
    }
  });
});

describe('a log-in that is killed', () => {
  it('is not repeated within 15 minutes, and works afterwards', async () => {
    let begun = 0;
    for (const step of allSteps) {
      await withScene({ rotation: 'strict', mfa: false }, async (scene) => {
        await runUntilKilled(scene, new MortalProcess(step));
        const { loginTimes } = scene.simulator.accounts;
        begun += loginTimes.length;
        const restarted = await new SenseAccount(optionsOf(scene))
          .get(OVERVIEW, never)
          .catch((error) => error);
        expectLoginsApart(scene.simulator);
        if (restarted instanceof Error)
          expect(restarted).toMatchObject({ code: 'rate_limited', retryable: true });
        await scene.clock.advance(LOGIN_INTERVAL_MS);
        await new SenseAccount(optionsOf(scene)).get(OVERVIEW, never);
        expectLoginsApart(scene.simulator);
      });
    }
    expect(begun).toBeGreaterThan(0);
  });
});
