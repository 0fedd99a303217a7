import { setTimeout as sleep } from 'node:timers/promises';

const ASK_EVERY_MS = 2;

/** Waits, in real time, until something holds; rejects with the words of `what` where it does not in time. */
export async function waitFor(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`);
    await sleep(ASK_EVERY_MS);
  }
}

/** Waits for a condition whose code says what it is. */
export function until(holds: () => boolean): Promise<void> {
  return waitFor(String(holds), holds);
}
