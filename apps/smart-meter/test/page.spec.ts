import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CHROMIUM, describeWithServer, freePort, startChromium } from '@smart-meter/servers';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { buildPage, OpenPage } from './support/browser';
import { FakeCorrelator } from './support/fake-correlator';
import { Ingress } from './support/ingress';
import { LivedInHome } from './support/lived-in-home';
import { RunningService, temporaryFolder, waitFor } from './support/running-service';

const TIME_ZONE = 'Europe/Berlin';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const HEADLINE = '.headline-value';
const MOVEMENTS = 100;
const SEPTEMBER = '2026-09-01';
const VIEWS = ['now', 'history/day', 'history/week', 'history/month', 'history/year', 'circuits', 'health'];

jest.setTimeout(120_000);

/** 43,200 minutes of a home, as the service would stream them. */
function monthOfMinutes({ household }: LivedInHome): string {
  const firstMs = Date.parse(`${SEPTEMBER}T00:00:00+02:00`);
  const lines = ['timestamp,series,value,min,max,energy_kwh,averaged_over_s,provenance'];
  for (let minute = 0; minute < 30 * 24 * 60; minute += 1) {
    const at = new Date(firstMs + minute * MINUTE_MS);
    const { totalPowerW, gridPowerW, solarPowerW, batteryPowerW } = household.powerAt(at);
    const powers = {
      home: totalPowerW,
      grid: gridPowerW,
      solar: solarPowerW ?? 0,
      battery: batteryPowerW ?? 0,
    };
    for (const [series, powerW] of Object.entries(powers))
      lines.push(`${at.toISOString()},${series},${powerW},,,,,`);
  }
  return lines.join('\r\n');
}

describeWithServer(CHROMIUM, 'The page', () => {
  let browser: Browser;
  let open: OpenPage[] = [];

  async function show(url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
    const page = await OpenPage.open(browser, url, options);
    open.push(page);
    return page;
  }

  beforeAll(async () => {
    buildPage();
    browser = await startChromium();
  });

  afterAll(() => browser?.close());

  afterEach(async () => {
    await Promise.all(open.map((page) => page.close()));
    open = [];
  });

  describe('of the simulated household', () => {
    let service: RunningService;
    let dataDir: string;
    let port: number;

    beforeAll(async () => {
      dataDir = temporaryFolder();
      port = await freePort();
      service = await RunningService.start({ DATA_DIR: dataDir }, port);
    });

    afterAll(() => service?.stop());

    it('shows power that moves, and says that it is made up', async () => {
      const { page, faults } = await show(service.url);
      const readings = new Set<string>();
      await waitFor('three different powers', async () => {
        readings.add(await page.locator(HEADLINE).innerText());
        return readings.size >= 3;
      });
      await page.getByText('nothing here was measured').waitFor();
      expect(await page.locator('.badge-mock').first().innerText()).toBe('Simulated');
      expect(await page.title()).toMatch(/k?W · smart-meter$/);
      expect(faults).toEqual([]);
    });

    it('says what is missing where nothing is known yet', async () => {
      const shown = await show(service.url);
      await shown.sees('0 of 3 nights known');
      await shown.go('#/history/year/2020-01-01');
      await shown.sees('Nothing is known of this time');
      await shown.go('#/health');
      await shown.sees('No gaps');
      await shown.sees('the journal on this machine is the store');
      expect(shown.faults).toEqual([]);
    });

    it('works below the path of a proxy, with addresses of its own alone', async () => {
      const ingress = await Ingress.start(service.url, '/api/hassio_ingress/0a1b2c/');
      const { page, faults } = await show(ingress.url);
      await page.locator(HEADLINE).waitFor();
      await page.locator('.status-live').waitFor();
      await page.getByRole('link', { name: 'Circuits', exact: true }).click();
      await page.getByRole('treeitem', { name: /HVAC/ }).waitFor();
      expect(page.url()).toBe(`${ingress.url}#/circuits`);
      expect(faults).toEqual([]);
      await ingress.stop();
    });

    it('says that the service is away, keeps what is known, and comes back by itself', async () => {
      const shown = await show(service.url);
      const { page } = shown;
      await page.locator('.status-live').waitFor();
      await page.locator(HEADLINE).waitFor();
      await service.stop();
      await shown.sees(/smart-meter (ended the live stream|does not answer)/);
      expect(await page.locator(HEADLINE).innerText()).not.toBe('–');
      service = await RunningService.start({ DATA_DIR: dataDir }, port);
      await page.locator('.status-live').waitFor();
      const before = await page.locator(HEADLINE).innerText();
      await waitFor(
        'power that moves again',
        async () => (await page.locator(HEADLINE).innerText()) !== before,
      );
      expect(await page.locator('.connection-banner').count()).toBe(0);
      const unexpected = shown.faults.filter((fault) => !/Failed to load resource|net::ERR/.test(fault));
      expect(unexpected).toEqual([]);
    });

    it.each([
      ['now', './phantom-load', 'The phantom load could not be loaded', '0 of 3 nights known'],
      ['now', './consumption', 'The current values could not be loaded', 'Power now'],
      ['history/day', './energy', 'The energy could not be loaded', 'ENERGY_PRICE'],
      ['health', './gaps', 'The gaps could not be loaded', /No gaps|not connected/],
      [
        'health',
        './sources',
        'The sources could not be loaded',
        'one of the circuits of the simulated household',
      ],
    ])('says on %s that %s failed and why, and tries again', async (view, path, complaint, whenRight) => {
      const shown = await show(`${service.url}/#/health`);
      const { page } = shown;
      await page.locator('.verdict').waitFor();
      const address = new RegExp(`${path.slice(1)}(\\?|$)`);
      await page.route(address, (route) =>
        route.fulfill({
          status: 503,
          contentType: 'application/problem+json',
          body: JSON.stringify({ code: 'unavailable', detail: 'The cat is on the cable.' }),
        }),
      );
      await page.goto(`${service.url}/#/${view}`);
      await page.reload();
      await shown.sees(complaint);
      await shown.sees('The cat is on the cable.');
      await page.unroute(address);
      const again = page.getByRole('button', { name: 'Try again' });
      // What is asked for all the time comes back by itself.
      if (await again.count()) await again.first().click();
      await shown.sees(whenRight);
      await page.getByText(complaint).waitFor({ state: 'detached' });
    });

    it('can be walked through with keys', async () => {
      const { page, faults } = await show(service.url);
      await page.locator(HEADLINE).waitFor();
      const focused = () =>
        page.evaluate(() => {
          const { activeElement: element } = document;
          return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? '';
        });
      const walk: string[] = [];
      for (let step = 0; step < 17; step += 1) {
        await page.keyboard.press('Tab');
        walk.push(await focused());
      }
      expect(walk.slice(0, 7)).toEqual([
        'Skip to the content',
        'smart-meter',
        'Now',
        'History',
        'Circuits',
        'Health',
        'Colours: Auto. Change',
      ]);
      expect(walk).toEqual(expect.arrayContaining(['10 min', 'Home', 'Zoom in']));
      const chart = page.locator('.chart-area');
      await chart.focus();
      await page.keyboard.press('End');
      await page.keyboard.press('ArrowLeft');
      await page
        .locator('.chart [aria-live]', { hasText: /\d\d:\d\d: .* k?W/ })
        .waitFor({ state: 'attached' });
      await page.locator('.tooltip').waitFor();
      await page.goto(`${service.url}/#/circuits`);
      const focusedRow = () => page.evaluate(() => document.activeElement?.getAttribute('data-id'));
      await page.getByRole('treeitem').first().focus();
      const first = await focusedRow();
      await page.keyboard.press('ArrowDown');
      expect(await focusedRow()).not.toBe(first);
      await page.keyboard.press('Home');
      expect(await focusedRow()).toBe(first);
      await page.keyboard.press('Enter');
      await page.locator('.view-history').waitFor();
      expect(await page.getByLabel('Of what').inputValue()).toBe(first);
      expect(faults).toEqual([]);
    });

    it('is dark where the system is, or where its owner wants it', async () => {
      const { page } = await show(service.url, { colorScheme: 'dark' });
      const background = () =>
        page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      const dark = await background();
      const button = page.getByRole('button', { name: /Colours/ });
      await button.click();
      const light = await background();
      expect(light).not.toBe(dark);
      await page.reload();
      expect(await background()).toBe(light);
      await button.click();
      expect(await background()).toBe(dark);
    });

    it('is small, and loads nothing from elsewhere', async () => {
      const folder = join(__dirname, '..', '..', 'dashboard', 'dist');
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
        entry.isFile(),
      );
      const bytes = files
        .map((file) => gzipSync(readFileSync(join(file.parentPath, file.name))).length)
        .reduce((a, b) => a + b);
      expect(bytes).toBeLessThan(250_000);
      const { page } = await show(service.url);
      await page.locator(HEADLINE).waitFor();
      const firstPaintMs = await page.evaluate(
        () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
      );
      console.info(
        `The page: ${(bytes / 1000).toFixed(0)} kB gzip, first paint after ${firstPaintMs.toFixed(0)} ms`,
      );
      expect(firstPaintMs).not.toBeNaN();
    });

    it('keeps its assets for good and asks for itself every time', async () => {
      const { headers } = await fetch(service.url);
      expect(headers.get('cache-control')).toBe('no-cache');
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      const html = await (await fetch(service.url)).text();
      const [script = ''] = /assets\/[\w-]+\.js/.exec(html) ?? [];
      const asset = await fetch(`${service.url}/${script}`);
      expect(asset.headers.get('cache-control')).toContain('immutable');
      expect(asset.headers.get('content-type')).toContain('javascript');
      expect((await fetch(`${service.url}/assets/nothing.js`)).status).toBe(404);
      expect((await fetch(`${service.url}/assets/..%2f..%2fpackage.json`)).status).toBeGreaterThanOrEqual(
        400,
      );
    });
  });

  it('asks for the token where the service wants one', async () => {
    const service = await RunningService.start({ API_TOKEN: 'correct horse battery' });
    const shown = await show(service.url);
    const { page } = shown;
    await shown.sees('This service asks for its token');
    await page.getByLabel('API token').fill('wrong');
    await page.getByRole('button', { name: 'Open' }).click();
    await shown.sees('This service asks for its token');
    await page.getByLabel('API token').fill('correct horse battery');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.locator(HEADLINE).waitFor();
    await page.reload();
    await page.locator(HEADLINE).waitFor();
    expect(await page.content()).not.toContain('correct horse');
    await service.stop();
  });

  it('says why another household is shown where the settings are incomplete', async () => {
    const service = await RunningService.start({ HOME_ASSISTANT_URL: 'http://127.0.0.1:1' });
    const shown = await show(service.url);
    await shown.sees('nothing here was measured');
    await shown.sees(/HOME_ASSISTANT_TOKEN/);
    await shown.page.locator(HEADLINE).waitFor();
    await service.stop();
  });

  describe('of a home with solar, a battery and a past', () => {
    let home: LivedInHome;
    let service: RunningService;

    beforeAll(async () => {
      home = await LivedInHome.start({
        dataDir: temporaryFolder(),
        timeZone: TIME_ZONE,
        minuteDays: 6,
        sparseDays: 0,
        rememberedDays: 0.25,
        silentMs: 3 * HOUR_MS,
      });
      service = await RunningService.start({ ...home.environment });
      await waitFor(
        'the filled gap',
        async () => {
          const { body } = await service.get<{ gaps: { state: string }[] }>('/gaps');
          return body.gaps.length >= 2 && body.gaps.every(({ state }) => /filled|unfillable/.test(state));
        },
        60_000,
      );
    });

    afterAll(async () => {
      await service?.stop();
      await home?.stop();
    });

    it('shows what was measured, where it flows and what draws it', async () => {
      const shown = await show(service.url);
      const { page } = shown;
      await page.locator('.flow-diagram').waitFor();
      expect(await page.locator('.badge').first().innerText()).toBe('Measured');
      for (const name of ['Solar', 'Grid', 'Battery', 'Home']) {
        expect(await page.locator('.flow-name', { hasText: name }).count()).toBe(1);
      }
      await shown.sees(/a year while nobody uses anything, told from \d+ nights/);
      await shown.sees(/kWh a day on average/);
      await page.locator('.row', { hasText: 'Kitchen' }).first().waitFor();
      expect(await page.locator('.notice').count()).toBe(0);
      expect(shown.faults).toEqual([]);
    });

    it.each(['week', 'month', 'year'])('shows a %s in power, energy and money', async (kind) => {
      const shown = await show(`${service.url}/#/history/${kind}`);
      const { page } = shown;
      await page.locator('.chart-canvas canvas').waitFor();
      await page.locator('.bars').waitFor();
      const kwh = await page.locator('.bar-now').getAttribute('aria-label');
      expect(kwh).toMatch(/[\d.]+ kWh, €[\d.]+/);
      await page.getByRole('button', { name: 'EUR' }).click();
      await page.locator('.bars-scale', { hasText: '€' }).waitFor();
      expect(await shown.text('.summary')).toMatch(
        /Used[\s\S]*kWh[\s\S]*Cost[\s\S]*€[\s\S]*Solar[\s\S]*Imported/,
      );
      const name = await shown.text('.period-name');
      await page.getByRole('button', { name: `Previous ${kind}` }).click();
      await waitFor('the period before', async () => (await shown.text('.period-name')) !== name);
      expect(shown.faults).toEqual([]);
    });

    it('hatches what is missing and says why; dots what was read later', async () => {
      const shown = await show(`${service.url}/#/history/week`);
      const { page } = shown;
      const { body } = await service.get<{ gaps: { from: string; to: string }[] }>('/gaps');
      const [missing] = body.gaps;
      const weekStart = await page.evaluate(() => document.querySelector('.period-name')?.textContent ?? '');
      if (
        new Date(missing?.from ?? 0).getTime() <
        Date.now() - ((new Date().getDay() + 6) % 7) * 24 * HOUR_MS
      ) {
        await page.getByRole('button', { name: 'Previous week' }).click();
        await waitFor('last week', async () => (await shown.text('.period-name')) !== weekStart);
      }
      await shown.sees('No readings');
      const area = await page.locator('.chart-canvas .u-over').boundingBox();
      if (!area || !missing) throw new Error('no chart or no gap');
      const [from = 0, to = 1] = await page.evaluate(
        async ([day]) => {
          const answer = (await (
            await fetch(`./energy?per=week&from=${day}&to=${day?.slice(0, 22)}9Z`)
          ).json()) as {
            series: { periods: { start: string; end: string }[] }[];
          };
          const period = answer.series[0]?.periods[0];
          return [Date.parse(period?.start ?? ''), Date.parse(period?.end ?? '')];
        },
        [missing.from],
      );
      const middleMs = (Date.parse(missing.from) + Date.parse(missing.to)) / 2;
      const x = area.x + (area.width * (middleMs - from)) / (to - from);
      await page.mouse.move(x, area.y + 80);
      await page.locator('.tooltip-note', { hasText: 'the source has purged it' }).waitFor();
      await shown.go('#/history/day');
      await shown.sees('Read later');
      await shown.go('#/health');
      await page.locator('.gap-unfillable').waitFor();
      await page.locator('.gap-filled').first().waitFor();
    });

    it('marks home events on the chart, with their watts and how sure that is', async () => {
      const correlator = await FakeCorrelator.start();
      const withEvents = await RunningService.start({ CORRELATOR_URL: correlator.url });
      try {
        // Power is known before and after the event, as in a home that has been watched for a while.
        const aMinuteAgo = new Date(Date.now() - 60_000).toISOString();
        await waitFor('power', async () => {
          const { body } = await withEvents.get(`/readings?every=raw&from=${aMinuteAgo}`);
          return (body['readings'] as unknown[]).length >= 3;
        });
        correlator.eventAtMs = Date.now();
        const shown = await show(withEvents.url);
        const { page } = shown;
        await shown.sees('Home event');
        const over = page.locator('.chart-canvas .u-over');
        let tries = 0;
        await waitFor(
          'the event under the cursor',
          async () => {
            const box = await over.boundingBox();
            if (!box) return false;
            // The chart shows its shortest time, and moves on by 17 px a second.
            const secondsAgo = (Date.now() - correlator.eventAtMs) / 1000;
            const beside = ((tries % 25) - 12) * 5;
            tries += 1;
            const x = box.x + box.width * Math.max(0, 1 - secondsAgo / 60) + beside;
            await page.mouse.move(x, box.y + 60);
            const note = page.locator('.tooltip-note', { hasText: 'Coffee machine on: +1.20 kW, 97 % sure' });
            return (await note.count()) === 1;
          },
          30_000,
        );
        expect(correlator.asked[0]).toContain('min_delta=');
        await correlator.stop();
        const { status, body } = await withEvents.get('/correlations');
        expect([status, body['detail']]).toEqual([503, expect.stringContaining('energy-correlator')]);
        expect(shown.faults.filter((fault) => !/503/.test(fault))).toEqual([]);
      } finally {
        await Promise.all([correlator.stop(), withEvents.stop()]);
      }
    });

    it('shows circuits as a tree that opens and closes, now and over time', async () => {
      const { page, faults } = await show(`${service.url}/#/circuits`);
      const kitchen = page.getByRole('treeitem', { name: /^Kitchen/ });
      await kitchen.waitFor();
      await page.getByRole('treeitem', { name: /^Fridge/ }).waitFor();
      await page.getByRole('treeitem', { name: /^Rest of Kitchen/ }).waitFor();
      await page.getByRole('treeitem', { name: /^Not on any circuit/ }).waitFor();
      await kitchen.focus();
      await page.keyboard.press('ArrowLeft');
      await page.getByRole('treeitem', { name: /^Fridge/ }).waitFor({ state: 'detached' });
      expect(await kitchen.getAttribute('aria-expanded')).toBe('false');
      await page.keyboard.press('ArrowRight');
      await page.getByRole('treeitem', { name: /^Fridge/ }).waitFor();
      await page.getByRole('button', { name: 'This week' }).click();
      await page.getByRole('treeitem', { name: /^Kitchen .*kWh/ }).waitFor();
      expect(faults).toEqual([]);
    });

    it('shows the past of one circuit, and saves what it shows', async () => {
      const shown = await show(`${service.url}/#/circuits`);
      const { page } = shown;
      await page.getByRole('link', { name: 'Fridge' }).click();
      await page.locator('.chart-canvas canvas').waitFor();
      const circuitId = await page.getByLabel('Of what').inputValue();
      expect(circuitId).toMatch(/./);
      expect(await page.locator('.legend .line-home').innerText()).toBe('Fridge');
      expect(await shown.text('.summary')).toMatch(
        /Used[\s\S]*kWh[\s\S]*Of the home[\s\S]*%[\s\S]*The day before/,
      );
      await page.locator('.bars').waitFor();
      const [saved] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Download CSV' }).click(),
      ]);
      expect(saved.suggestedFilename()).toMatch(/^fridge-day-\d{4}-\d\d-\d\d\.csv$/);
      const lines = readFileSync(await saved.path(), 'utf8').split('\r\n');
      expect(lines[0]).toMatch(/^timestamp,series,value,/);
      expect(lines.filter((line) => line.includes(`,circuit:${circuitId},`)).length).toBeGreaterThan(10);
      await page.getByLabel('Of what').selectOption({ label: 'Whole home' });
      await page.locator('.legend .line-home', { hasText: 'Home' }).waitFor();
      await shown.sees('Imported');
      expect(shown.faults).toEqual([]);
    });

    it('says which source is used for what, and why', async () => {
      const { page } = await show(`${service.url}/#/health`);
      await page.getByLabel('Find a source').fill('solar');
      await page.locator('td', { hasText: 'sensor.solar_power' }).waitFor();
      expect(await page.locator('tr', { hasText: 'Kitchen' }).count()).toBe(0);
      await page.getByRole('button', { name: 'Read the meter now' }).click();
      await page.getByText('The meter answered.').waitFor();
    });

    it.each(['light', 'dark'] as const)('has no fault that axe knows of, %s', async (colorScheme) => {
      const shown = await show(service.url, { colorScheme, bypassCSP: true });
      const { page } = shown;
      for (const view of VIEWS) {
        await shown.go(`#/${view}`);
        await page.locator('.card').first().waitFor();
        await page.waitForFunction(() => document.querySelector('.loading') === null);
        await page.addScriptTag({ content: axe.source });
        const { violations } = await page.evaluate(() =>
          (window as unknown as { axe: typeof axe }).axe.run(),
        );
        expect([view, violations.map(({ id, nodes }) => [id, nodes[0]?.html])]).toEqual([view, []]);
      }
    });

    it('fits a phone in every view', async () => {
      const shown = await show(service.url, {
        viewport: { width: 360, height: 740 },
        hasTouch: true,
        isMobile: true,
      });
      const { page } = shown;
      for (const view of VIEWS) {
        await shown.go(`#/${view}`);
        await page
          .locator(view === 'circuits' ? '.tree' : view === 'health' ? 'table' : 'canvas')
          .first()
          .waitFor();
        const { wide, high } = await page.evaluate(() => ({
          wide: document.documentElement.scrollWidth,
          high: document.querySelector('nav')?.getBoundingClientRect().bottom,
        }));
        expect([view, wide]).toEqual([view, 360]);
        expect(high).toBe(740);
      }
      expect(shown.faults).toEqual([]);
    });

    it('moves a month of minutes smoothly', async () => {
      const { page } = await show(`${service.url}/#/history/week`);
      await page.route(/readings\?.*every=60/, (route) =>
        route.fulfill({ contentType: 'text/csv', body: monthOfMinutes(home) }),
      );
      await page.goto(`${service.url}/#/history/month/${SEPTEMBER}/60`);
      const over = page.locator('.chart-canvas .u-over');
      await over.waitFor();
      await page.getByRole('button', { name: 'Zoom in' }).click();
      const box = await over.boundingBox();
      if (!box) throw new Error('no chart');
      const measuring = page.evaluate(
        () =>
          new Promise<number[]>((resolve) => {
            const frames: number[] = [];
            let last = performance.now();
            const frame = (now: number) => {
              frames.push(now - last);
              last = now;
              if (frames.length < 150) requestAnimationFrame(frame);
              else resolve(frames);
            };
            requestAnimationFrame(frame);
          }),
      );
      const cdp = await page.context().newCDPSession(page);
      await cdp.send('Performance.enable');
      const scriptS = async () =>
        (await cdp.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'ScriptDuration')
          ?.value ?? NaN;
      const scriptBeforeS = await scriptS();
      await page.mouse.move(box.x + 20, box.y + 100);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width - 20, box.y + 100, { steps: MOVEMENTS / 2 });
      await page.mouse.move(box.x + 20, box.y + 100, { steps: MOVEMENTS / 2 });
      await page.mouse.up();
      const scriptMs = ((await scriptS()) - scriptBeforeS) * 1000;
      const frames = (await measuring).sort((a, b) => a - b);
      const at = (share: number) => frames[Math.floor(share * (frames.length - 1))] ?? NaN;
      const long = frames.filter((ms) => ms > 50).length;
      console.info(
        `Panning a month of minutes: frame p50 ${at(0.5).toFixed(1)} ms, p95 ${at(0.95).toFixed(1)} ms, ` +
          `${long} of ${frames.length} frames over 50 ms; ${(scriptMs / MOVEMENTS).toFixed(1)} ms of script per movement`,
      );
      expect(frames).toHaveLength(150);
    });
  });
});
