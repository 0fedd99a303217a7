import { ReadingRow } from './reading-rows';
import { textBlocks } from './row-format';

function* rows(count: number, onRow: (index: number) => void): Generator<ReadingRow> {
  for (let index = 0; index < count; index += 1) {
    onRow(index);
    yield {
      timestamp: new Date(index * 1000).toISOString(),
      averaged_over_s: 0,
      provenance: 'live',
      total_power_w: index,
      circuits: [{ id: 'a', name: 'Oven, "old"', power_w: null, percentage: null }],
    };
  }
}

describe('textBlocks', () => {
  it.each(['ndjson', 'csv'] as const)(
    'writes %s in blocks of whole lines, and reads no further than it writes',
    (format) => {
      let read = 0;
      let text = '';
      let largest = 0;
      for (const block of textBlocks(
        rows(5_000, () => (read += 1)),
        format,
      )) {
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
    expect([...textBlocks([], 'csv')].join('')).toBe(
      'timestamp,series,value,min,max,energy_kwh,averaged_over_s,provenance\r\n',
    );
    expect([...textBlocks([], 'ndjson')]).toEqual([]);
  });
});
