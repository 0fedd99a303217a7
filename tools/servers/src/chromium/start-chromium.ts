import type { Browser } from 'playwright-core';
import { chromiumPath } from './chromium';

/** Starts Chromium without a screen, driven by Playwright. Throws `ServerUnavailableError` where there is none. */
export async function startChromium(): Promise<Browser> {
  // Loaded where a browser is wanted: most users of servers want none.
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    executablePath: chromiumPath(),
    args: ['--no-sandbox', '--disable-background-networking'],
  });
}
