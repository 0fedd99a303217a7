// What runs in the browser is written here too.
/// <reference lib="dom" />
import type { Page } from 'playwright-core';

export interface Panning {
  /** From each frame to the next, ms. */
  framesMs: number[];
  /** Of the page's main thread in each frame, ms. */
  workMs: number;
}

const MOVEMENT_MS = 8;
const STEP_PX = 12;

/** Drags an element to and fro, as fast as a hand would, and watches the frames. */
export async function pan(page: Page, selector: string, seconds: number): Promise<Panning> {
  const box = await page.locator(selector).boundingBox();
  if (!box) throw new Error(`there is no ${selector}`);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  const workedS = async () =>
    (await cdp.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ??
    NaN;
  const y = box.y + box.height / 3;
  await page.mouse.move(box.x + 20, y);
  await page.mouse.down();
  const beforeS = await workedS();
  const watching = page.evaluate(
    (durationMs) =>
      new Promise<number[]>((resolve) => {
        const intervals: number[] = [];
        const startedMs = performance.now();
        let lastMs = startedMs;
        const frame = (nowMs: number) => {
          intervals.push(nowMs - lastMs);
          lastMs = nowMs;
          if (nowMs - startedMs < durationMs) requestAnimationFrame(frame);
          else resolve(intervals.slice(1));
        };
        requestAnimationFrame(frame);
      }),
    seconds * 1000,
  );
  let isWatching = true;
  void watching.finally(() => (isWatching = false)).catch(() => undefined);
  for (let dx = 0, direction = 1; isWatching; dx += direction * STEP_PX) {
    if (dx > box.width - 60) direction = -1;
    if (dx <= 0) direction = 1;
    const sentMs = performance.now();
    await page.mouse.move(box.x + 20 + dx, y);
    const restMs = MOVEMENT_MS - (performance.now() - sentMs);
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
  }
  const framesMs = await watching;
  const workMs = (((await workedS()) - beforeS) * 1000) / framesMs.length;
  await page.mouse.up();
  await cdp.detach();
  return { framesMs, workMs };
}
