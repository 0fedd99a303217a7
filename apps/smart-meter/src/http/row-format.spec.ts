import { page } from './readings.controller';
import { ReadingRow } from './reading-rows';
import { jsonTexts, lineTexts } from './row-format';
import { textBlocks } from './send-in-turns';

function row(second: number): ReadingRow {
  return {
    timestamp: new Date(second * 1000).toISOString(),
    averaged_over_s: 0,
    provenance: 'live',
    total_power_w: second,
    circuits: [{ id: 'a', name: 'Oven, "old"', power_w: null, percentage: null }],
  };
}

function* rows(seconds: Iterable<number | null>): Generator<ReadingRow | null, void, undefined> {
  for (const second of seconds) yield second === null ? null : row(second);
}

describe('lineTexts', () => {
  it.each(['ndjson', 'csv'] as const)(
    'is written as %s in blocks of whole lines, and read no further than it is written',
    (format) => {
      let read = 0;
      let text = '';
      let largest = 0;
      const counted = function* () {
        for (; read < 5_000;) yield row(read++);
      };
      for (const block of textBlocks(lineTexts(counted(), format))) {
        expect(block.endsWith('\n')).toBe(true);
        text += block;
        largest = Math.max(largest, block.length);
        const told = text.split('\n').length - 1;
        expect(format === 'ndjson' ? told : (told - 1) / 2).toBe(read);
      }
      expect(read).toBe(5_000);
      expect(largest).toBeLessThan(70_000);
    },
  );

  it('names the columns of CSV also where there is no row', () => {
    expect([...lineTexts([], 'csv')].join('')).toBe(
      'timestamp,series,value,min,max,energy_kwh,averaged_over_s,provenance\r\n',
    );
    expect([...lineTexts([null], 'ndjson')].join('')).toBe('');
  });
});

describe('a page of JSON', () => {
  const to = '2026-03-01T00:00:00.000Z';
  const told = (seconds: Iterable<number | null>, limit: number) =>
    JSON.parse(
      [...jsonTexts({ every: 'raw' }, page(rows(seconds), { circuits: 'all', limit }, to))].join(''),
    ) as {
      every: string;
      readings: { total_power_w: number }[];
      next: string | null;
    };

  it.each([
    [[], 2, [], null],
    [[1, null, 2], 2, [1, 2], null],
    [[1, null, 2, null, 3], 2, [1, 2], 3],
    [[1, 2, 2, 2, 3], 2, [1, 2, 2, 2], 3],
    [[1, 1, 1], 1, [1, 1, 1], null],
  ])('of %j, at most %i, is %j and goes on at %j', (seconds, limit, expected, nextSecond) => {
    const { every, readings, next } = told(seconds, limit);
    expect(every).toBe('raw');
    expect(readings.map(({ total_power_w }) => total_power_w)).toEqual(expected);
    const from = next === null ? null : new URLSearchParams(next.split('?')[1]).get('from');
    expect(from).toBe(nextSecond === null ? null : new Date(nextSecond * 1000).toISOString());
  });
});
