import 'reflect-metadata';
import { writeSync } from 'node:fs';
import { liveThrough } from './live-through';

/** Lives through a period until it is killed or done; tells each run. Arguments: environment (JSON), start, end. */
const [environment = '{}', start = '', end = ''] = process.argv.slice(2);
const STDOUT = 1;

liveThrough(JSON.parse(environment) as Record<string, string>, new Date(start), new Date(end), () =>
  writeSync(STDOUT, '.'),
).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack ?? String(error)}\n`);
    process.exit(1);
  },
);
