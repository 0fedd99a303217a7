import { benchIngest } from './ingest-bench';
import { benchQueries } from './query-bench';

it('benchIngest compares the same work on all sides', async () => {
  const rows = await benchIngest(2);
  expect(rows.map(({ peer }) => peer?.name)).toEqual([
    'plain file, fdatasync',
    'client to a null server',
    undefined,
  ]);
  for (const { value } of rows) expect(value).toBeGreaterThan(0);
});

it('benchQueries finds the rows that it asks for', () => {
  const rows = benchQueries(1);
  expect(rows).toHaveLength(3);
  for (const { value, unit } of rows) expect([unit, value > 0]).toEqual(['ms', true]);
}, 30_000);
