import { benchEmporiaCycle } from './cycle-bench';

describe('benchEmporiaCycle', () => {
  it('measures a cycle that reads every circuit', async () => {
    const [row] = await benchEmporiaCycle(20);
    expect(row).toMatchObject({ unit: 'ms CPU', name: expect.stringContaining('48 circuits') });
    expect(row?.value).toBeGreaterThan(0);
  }, 30_000);
});
