// What runs in the browser is written here too.
/// <reference lib="dom" />
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Browser, BrowserContextOptions, Page } from 'playwright-core';

const WORKSPACE = join(__dirname, '..', '..', '..', '..');

/** Builds the page where its sources have changed. */
export function buildPage(): void {
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(WORKSPACE, 'tools', 'run', 'build-page.mjs')],
    {
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(`the page cannot be built: ${stderr}`);
}

/** A page in a browser, and everything that went wrong in it. */
export class OpenPage {
  /** Errors of scripts, of the console, of the content policy, and requests to elsewhere. */
  readonly faults: string[] = [];

  private constructor(readonly page: Page) {}

  static async open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      locale: 'en-GB',
      timezoneId: 'America/New_York',
      ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const opened = new OpenPage(page);
    const { faults } = opened;
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(new URL(url).origin)) faults.push(`asks ${request.url()}`);
    });
    await page.goto(url);
    return opened;
  }

  /** The page's text as it can be read. */
  text(selector = 'main'): Promise<string> {
    return this.page.locator(selector).first().innerText();
  }

  /** Waits until a text is there to be read. */
  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  async go(hash: string): Promise<void> {
    await this.page.evaluate((wanted) => {
      location.hash = wanted;
    }, hash);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
