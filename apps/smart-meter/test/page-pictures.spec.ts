import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startChromium } from '@smart-meter/servers';
import type { Browser } from 'playwright-core';
import { buildPage, OpenPage } from './support/browser';
import { LivedInHome } from './support/lived-in-home';
import { RunningService, temporaryFolder } from './support/running-service';

const FOLDER = join(__dirname, '..', '..', '..', 'docs', 'images');
const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };
const SETTLED_MS = 2_500;

const PICTURES = [
  ['now-light', 'now', 'light', DESKTOP],
  ['now-dark', 'now', 'dark', DESKTOP],
  ['history-light', 'history/week/last', 'light', DESKTOP],
  ['history-year-dark', 'history/year', 'dark', DESKTOP],
  ['circuits-light', 'circuits', 'light', DESKTOP],
  ['health-light', 'health', 'light', DESKTOP],
  ['phone-now-dark', 'now', 'dark', PHONE],
  ['phone-history-light', 'history/week/last', 'light', PHONE],
] as const;

// The pictures of the docs are made anew with PAGE_PICTURES=1.
const describePictures = process.env['PAGE_PICTURES'] === '1' ? describe : describe.skip;

jest.setTimeout(600_000);

describePictures('Pictures of the page', () => {
  let browser: Browser;
  let home: LivedInHome;
  let service: RunningService;

  beforeAll(async () => {
    buildPage();
    mkdirSync(FOLDER, { recursive: true });
    home = await LivedInHome.start({
      dataDir: temporaryFolder(),
      timeZone: 'Europe/Berlin',
      minuteDays: 10,
      sparseDays: 320,
      rememberedDays: 0.5,
      silentMs: 3 * 60 * 60_000,
    });
    service = await RunningService.start({ ...home.environment });
    browser = await startChromium();
    // Some live readings of its own.
    await new Promise((resolve) => setTimeout(resolve, 20_000));
  });

  afterAll(async () => {
    await browser?.close();
    await service?.stop();
    await home?.stop();
  });

  it.each(PICTURES)('%s', async (name, view, colorScheme, viewport) => {
    const lastWeek = new Date(Date.now() - 7 * 24 * 60 * 60_000).toISOString().slice(0, 10);
    const isPhone = viewport === PHONE;
    const { page, faults } = await OpenPage.open(
      browser,
      `${service.url}/#/${view.replace('last', lastWeek)}`,
      {
        viewport,
        colorScheme,
        isMobile: isPhone,
        hasTouch: isPhone,
        timezoneId: 'Europe/Berlin',
      },
    );
    await page
      .locator(view === 'circuits' ? '.tree' : view === 'health' ? 'table' : 'canvas')
      .first()
      .waitFor();
    if (name.startsWith('now')) await page.getByRole('button', { name: '6 h' }).click();
    await page.waitForTimeout(SETTLED_MS);
    await page.screenshot({ path: join(FOLDER, `${name}.png`), animations: 'disabled' });
    expect(faults).toEqual([]);
    await page.context().close();
  });
});
