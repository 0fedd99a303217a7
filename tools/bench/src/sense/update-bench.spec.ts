import { benchSenseUpdate } from './update-bench';

describe('benchSenseUpdate', () => {
  it('measures an update that reads every device', async () => {
    const [row] = await benchSenseUpdate(20);
    expect(row).toMatchObject({ unit: 'ms CPU', name: expect.stringContaining('60 devices') });
    expect(row?.value).toBeGreaterThan(0);
  }, 30_000);
});
