import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface StaticHomeAssistant {
  url: string;
  /** Size of the answer to `GET /api/states`. */
  bytes: number;
  stop(): void;
}

const PROGRAM = join(__dirname, '..', '..', 'src', 'service', 'static-home-assistant.mjs');

/** Starts a Home Assistant of 5,000 entities, of which 40 are power sensors, in a process of its own. */
export async function startStaticHomeAssistant(): Promise<StaticHomeAssistant> {
  const child = spawn(process.execPath, [PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await new Promise<[string]>((resolve, reject) => {
    child.once('error', reject);
    createInterface({ input: child.stdout }).once('line', (text) => resolve([text]));
  });
  const { url, bytes } = JSON.parse(line) as { url: string; bytes: number };
  return { url, bytes, stop: () => void child.kill('SIGKILL') };
}
