import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { BenchRow } from '../bench-row';
import { benchConsumption } from './consumption-bench';
import { benchReadings } from './readings-bench';
import { benchStream } from './stream-bench';

const ROOT = join(__dirname, '..', '..', '..', '..');

jest.setTimeout(180_000);

beforeAll(() => {
  const { status, stdout } = spawnSync('tsc', ['--build', join('apps', 'smart-meter', 'tsconfig.app.json')], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`smart-meter cannot be built:\n${stdout}`);
});

function valueOf(rows: readonly BenchRow[], name: RegExp): number {
  const row = rows.find((one) => name.test(one.name));
  if (!row) throw new Error(`no row ${String(name)} in ${rows.map((one) => one.name).join('; ')}`);
  return row.value;
}

it('200 clients of the stream see every change, once and in order', async () => {
  const rows = await benchStream({ clients: 200, seconds: 3, changesPerS: 50 });
  expect(valueOf(rows, /: dropped$/)).toBe(0);
  expect(valueOf(rows, /missed of 1[45]\d$/)).toBe(0);
  expect(valueOf(rows, /another order$/)).toBe(0);
});

it('every request under load is answered', async () => {
  const rows = await benchConsumption({ seconds: 1 });
  expect(valueOf(rows, /not answered with 200$/)).toBe(0);
  expect(valueOf(rows, /with If-None-Match$/)).toBeGreaterThan(0);
});

it('every reading is there in every format', async () => {
  const rows = await benchReadings({ days: 1 });
  expect(
    rows.filter(({ name }) => /^8,640 readings as (ndjson|csv|json), [1-9]\d* MB$/.test(name)),
  ).toHaveLength(3);
});
