import { encodeReading } from '@smart-meter/influx-writer';
import { benchEncode, encodeWithPoints } from './encode-bench';
import { sampleReading } from './sample-home';

describe('benchEncode', () => {
  it('compares encoders that write the same lines', () => {
    const reading = sampleReading(12_345);
    const ours = encodeReading(reading, { meterType: 'home_assistant', tagMeterId: false }).lineProtocol;
    // Point sorts the fields by name.
    expect(sortedFields(encodeWithPoints(reading))).toEqual(sortedFields(ours));
  });

  it('measures both', () => {
    const [row] = benchEncode();
    expect(row?.value).toBeGreaterThan(0);
    expect(row?.peer?.value).toBeGreaterThan(0);
  });
});

function sortedFields(lines: string): string[][] {
  return lines.split('\n').map((line) => {
    const [series = '', fields = '', time = ''] = line.split(' ');
    return [series, ...fields.split(',').sort(), time];
  });
}
