// What runs in the browser is written here too.
/// <reference lib="dom" />
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { requireServer, startChromium } from '@smart-meter/servers';
import { HomeAssistantSimulator } from '@smart-meter/simulators';
import type { Browser } from 'playwright-core';
import { BenchRow, besidePeer, quantile } from '../bench-row';
import { startBareServer } from '../serve/bare-server';
import { ServiceProcess } from '../service/service-process';
import { fillMinutes, LIVED_IN } from './lived-in-journal';
import { pan, Panning } from './panning';

const PAGE_FOLDER = join(__dirname, '..', '..', '..', '..', 'apps', 'dashboard', 'dist');
const CHART = '.chart-canvas .u-over';
const EMPTY_PAGE =
  '<!doctype html><title>empty</title><p>empty</p><div style="height:500px" class="area"></div>';
const VIEWPORT = { width: 1280, height: 900 };
const POWER = { unit_of_measurement: 'W', device_class: 'power', state_class: 'measurement' };
const VIEWS = ['history/day', 'history/week', 'history/month', 'history/year', 'circuits', 'health'];

/** The page in a real browser: its size, its first paint, how it moves, and the service's memory while it is open. */
export async function benchPage({ paints = 7, starts = 3, panS = 10, openS = 120 } = {}): Promise<
  BenchRow[]
> {
  const browser = await requireServer(() => startChromium());
  if (!browser) return [];
  const now = new Date();
  const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1));
  const dataDir = mkdtempSync(join(tmpdir(), 'smart-meter-bench-'));
  fillMinutes(dataDir, month.getTime(), now.getTime());
  try {
    const bare = await startBareServer({ body: EMPTY_PAGE, type: 'text/html' });
    const service = await ServiceProcess.start(LIVED_IN, dataDir);
    try {
      return [
        { name: 'the page with everything that it loads, gzip', value: gzipBytes() / 1000, unit: 'kB' },
        ...(await firstPaint(browser, service.url, bare.url, paints)),
        ...(await firstMove(browser, starts)),
        ...(await panning(browser, `${service.url}/#/history/month/${isoDay(month)}/60`, bare.url, panS)),
        ...(await memory('simulated household', browser, service, openS)),
        ...(await memoryBesideHomeAssistant(browser, openS)),
      ];
    } finally {
      await service.stop();
      bare.stop();
    }
  } finally {
    await browser.close();
  }
}

function gzipBytes(): number {
  return readdirSync(PAGE_FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((file) => gzipSync(readFileSync(join(file.parentPath, file.name))).length)
    .reduce((a, b) => a + b);
}

/** With a new profile each time: nothing is in a cache. */
async function firstPaint(
  browser: Browser,
  url: string,
  emptyUrl: string,
  times: number,
): Promise<BenchRow[]> {
  const ours: number[] = [];
  const empty: number[] = [];
  for (let i = 0; i < times; i += 1) {
    ours.push(await paintMs(browser, url));
    empty.push(await paintMs(browser, emptyUrl));
  }
  const row = (name: string, share: number) =>
    besidePeer(name, 'ms', quantile(ours, share), { name: 'an empty page', value: quantile(empty, share) });
  return [row(`first paint, nothing cached, median of ${times}`, 0.5), row('the same, worst', 1)];
}

async function paintMs(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext({ viewport: VIEWPORT });
  try {
    const page = await context.newPage();
    await page.goto(url);
    const painted = await page.waitForFunction(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
    );
    return (await painted.jsonValue()) ?? NaN;
  } finally {
    await context.close();
  }
}

/** From the start of the service to the second power that its page shows. */
async function firstMove(browser: Browser, times: number): Promise<BenchRow[]> {
  const tookS: number[] = [];
  for (let i = 0; i < times; i += 1) {
    const startedMs = performance.now();
    const service = await ServiceProcess.start();
    const context = await browser.newContext({ viewport: VIEWPORT });
    try {
      const page = await context.newPage();
      await page.goto(service.url);
      const headline = page.locator('.headline-value');
      const first = await headline.innerText();
      while ((await headline.innerText()) === first) await setTimeout(50);
      tookS.push((performance.now() - startedMs) / 1000);
    } finally {
      await context.close();
      await service.stop();
    }
  }
  return [
    {
      name: `start of the service to power that has moved, worst of ${times}`,
      value: quantile(tookS, 1),
      unit: 's',
    },
  ];
}

async function panning(
  browser: Browser,
  url: string,
  emptyUrl: string,
  seconds: number,
): Promise<BenchRow[]> {
  const ours = await panned(browser, url, CHART, seconds);
  const empty = await panned(browser, emptyUrl, '.area', seconds);
  const row = (name: string, of: (panning: Panning) => number) =>
    besidePeer(name, 'ms', of(ours), { name: 'an empty page', value: of(empty) });
  return [
    row('panning a month of minutes: frame to frame, median', ({ framesMs }) => quantile(framesMs, 0.5)),
    row('the same, 95 of 100', ({ framesMs }) => quantile(framesMs, 0.95)),
    row('the same, worst', ({ framesMs }) => quantile(framesMs, 1)),
    row('the same, work of the page in a frame', ({ workMs }) => workMs),
  ];
}

async function panned(browser: Browser, url: string, selector: string, seconds: number): Promise<Panning> {
  const context = await browser.newContext({ viewport: VIEWPORT });
  try {
    const page = await context.newPage();
    await page.goto(url);
    await page.locator(selector).waitFor();
    const zoomIn = page.getByRole('button', { name: 'Zoom in' });
    if ((await zoomIn.count()) > 0) await zoomIn.click();
    await setTimeout(1_000);
    return await pan(page, selector, seconds);
  } finally {
    await context.close();
  }
}

/** Of the service, after somebody has looked at everything and left the page open. */
async function memory(
  home: string,
  browser: Browser,
  service: ServiceProcess,
  seconds: number,
): Promise<BenchRow[]> {
  const context = await browser.newContext({ viewport: VIEWPORT });
  try {
    const page = await context.newPage();
    await page.goto(service.url);
    await page.locator('.status-live').waitFor();
    for (const view of VIEWS) {
      await page.goto(`${service.url}/#/${view}`);
      await page.locator('.view').waitFor();
      await setTimeout(2_000);
    }
    await page.goto(`${service.url}/#/now`);
    await setTimeout(seconds * 1000);
    const usage = service.usage();
    if (!usage) return [];
    const name = `resident memory with the page open for ${seconds} s, ${home}`;
    return [
      { name, value: usage.rssMb, unit: 'MB' },
      { name: 'the same, at its peak', value: usage.peakRssMb, unit: 'MB' },
    ];
  } finally {
    await context.close();
  }
}

/** 5,000 entities, of which 40 are power sensors and 10 change every second. */
async function memoryBesideHomeAssistant(browser: Browser, seconds: number): Promise<BenchRow[]> {
  const simulator = await HomeAssistantSimulator.start({});
  const circuits = Array.from({ length: 39 }, (_, i) => `sensor.power_circuit_${i + 1}`);
  simulator.setEntities([
    { entityId: 'sensor.total_power', state: '1000', attributes: POWER },
    ...circuits.map((entityId) => ({ entityId, state: '100', attributes: POWER })),
    ...Array.from({ length: 4_960 }, (_, i) => ({
      entityId: `sensor.room_${i + 1}_temperature`,
      state: '20',
      attributes: { unit_of_measurement: '°C', friendly_name: `Temperature of room ${i + 1}` },
    })),
  ]);
  let changes = 0;
  const changing = setInterval(() => {
    changes += 1;
    simulator.setState(circuits[changes % circuits.length] ?? '', String(changes / 8));
  }, 100);
  try {
    const service = await ServiceProcess.following(simulator);
    try {
      return await memory('5,000 entities of Home Assistant', browser, service, seconds);
    } finally {
      await service.stop();
    }
  } finally {
    clearInterval(changing);
    await simulator.close();
  }
}

function isoDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}
