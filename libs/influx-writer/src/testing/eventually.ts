import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the condition holds; fails with the words of `what` when it never does. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries += 1) {
    if (tries > 2_000) throw new Error(`it never happened: ${what}`);
    await sleep(5);
  }
}
