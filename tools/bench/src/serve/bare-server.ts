import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ProcessUsage, usageOf } from '../service/service-process';

export interface BareServer {
  url: string;
  usage(): ProcessUsage | undefined;
  stop(): void;
}

const PROGRAM = join(__dirname, '..', '..', 'src', 'serve', 'bare-server.mjs');

/**
 * Plain node:http, in a process of its own.
 * @param body what it answers to every request
 * @param dataLine of the event that it sends to every client of `/stream`
 */
export async function startBareServer({
  body = '',
  type = 'application/json',
  dataLine = '',
  everyMs = 100,
}): Promise<BareServer> {
  const child = spawn(process.execPath, [PROGRAM, body, type, dataLine, String(everyMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error('the bare server ended')));
    createInterface({ input: child.stdout }).once('line', resolve);
  });
  return {
    url,
    usage: () => (child.pid === undefined ? undefined : usageOf(child.pid)),
    stop: () => void child.kill('SIGKILL'),
  };
}
