import { ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CHROMIUM, describeWithServer, freePort, startChromium } from '@smart-meter/servers';
import type { Browser } from 'playwright-core';
import { OpenPage } from './support/browser';
import { WORKSPACE } from './support/documentation';
import { temporaryFolder, waitFor } from './support/running-service';

/** Whatever a checkout does not have. */
const NOT_CHECKED_OUT = new Set([
  '.git',
  '.nx',
  '.env',
  'node_modules',
  'dist',
  'out-tsc',
  'test-results',
  'coverage',
  'tmp',
  'data',
]);
const SCREENSHOT = join(WORKSPACE, 'test-results', 'first-start.png');
const INSTALLED_WITHIN_MS = 8 * 60_000;

jest.setTimeout(10 * 60_000);

describeWithServer(CHROMIUM, 'Who has Node and a checkout', () => {
  let checkout: string;
  let port: number;
  let starting: ChildProcess;
  let ended: Promise<number | null>;
  let output = '';
  let browser: Browser;

  beforeAll(async () => {
    checkout = temporaryFolder();
    const isCheckedOut = (path: string) => !NOT_CHECKED_OUT.has(basename(path));
    cpSync(WORKSPACE, checkout, {
      recursive: true,
      filter: (path) => path === WORKSPACE || isCheckedOut(path),
    });
    port = await freePort();
    starting = spawn('npm', ['start'], {
      cwd: checkout,
      detached: true,
      env: { ...newcomersEnvironment(), SERVICE_PORT: String(port) },
    });
    starting.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    starting.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    ended = new Promise((resolve) => starting.once('close', resolve));
    browser = await startChromium();
  });

  afterAll(async () => {
    await browser?.close();
    if (starting?.pid !== undefined && starting.exitCode === null) process.kill(-starting.pid, 'SIGTERM');
    await ended;
    rmSync(checkout, { recursive: true, force: true });
  });

  it('sees power move after npm start', async () => {
    const url = `http://127.0.0.1:${port}`;
    await waitFor(
      'npm start to serve',
      async () => {
        await setTimeout(500);
        if (starting.exitCode !== null) throw new Error(`it ended with ${starting.exitCode}:\n${output}`);
        return fetch(`${url}/health/live`).then(
          ({ ok }) => ok,
          () => false,
        );
      },
      INSTALLED_WITHIN_MS,
    );
    expect(output).toContain('Installing the dependencies');
    const servedMs = performance.now();
    const { page, faults } = await OpenPage.open(browser, url);
    const powers = new Set<string>();
    await waitFor(
      'three different powers',
      async () => {
        powers.add(await page.locator('.headline-value').innerText());
        return powers.size >= 3;
      },
      60_000,
    );
    const movedS = (performance.now() - servedMs) / 1000;
    console.info(`Power had moved twice ${movedS.toFixed(1)} s after npm start had begun to serve`);
    await page.getByText('nothing here was measured').waitFor();
    mkdirSync(dirname(SCREENSHOT), { recursive: true });
    await page.screenshot({ path: SCREENSHOT });
    expect(statSync(SCREENSHOT).size).toBeGreaterThan(10_000);
    expect(faults).toEqual([]);
  });
});

/** This process's, without what Jest, npm and tests have put there. */
function newcomersEnvironment(): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|JEST_|NODE_OPTIONS|NODE_ENV|NX_)/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    npm_config_prefer_offline: 'true',
  };
}
