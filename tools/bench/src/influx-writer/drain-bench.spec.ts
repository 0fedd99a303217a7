import { describeWithServer, INFLUXDB } from '@smart-meter/servers';
import { benchDrain } from './drain-bench';

describeWithServer(INFLUXDB, 'benchDrain', () => {
  it('counts every point that it speaks of, on both sides', async () => {
    const [row] = await benchDrain(100);
    expect(row).toMatchObject({ unit: 'points/s', peer: { name: 'client, default' } });
    expect(row?.ratio).toBeCloseTo((row?.value ?? 0) / (row?.peer?.value ?? 1));
  }, 30_000);
});
