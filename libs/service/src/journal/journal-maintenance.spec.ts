import { SchedulerRegistry } from '@nestjs/schedule';
import pino from 'pino';
import { JournalMaintenance } from './journal-maintenance';

function makeMaintenance(maintain: () => { idle: boolean }) {
  const registry = new SchedulerRegistry();
  const logger = pino({ level: 'silent' });
  return { maintenance: new JournalMaintenance({ journal: { maintain }, registry, logger }), registry };
}

describe('JournalMaintenance', () => {
  it('works in slices until there is nothing left, and stops for good', async () => {
    let left = 5;
    const { maintenance, registry } = makeMaintenance(() => ({ idle: --left === 0 }));
    maintenance.start();
    while (left > 0) await new Promise((resolve) => setImmediate(resolve));
    await maintenance.stop();
    expect(left).toBe(0);
    expect(registry.getIntervals()).toEqual([]);
  });

  it('survives a journal that fails', async () => {
    const { maintenance } = makeMaintenance(() => {
      throw new Error('disk full');
    });
    maintenance.start();
    await expect(maintenance.stop()).resolves.toBeUndefined();
  });

  it('lets others have their turn between two slices', async () => {
    let slices = 0;
    let turns = 0;
    const { maintenance } = makeMaintenance(() => ({ idle: ++slices === 10 }));
    const count = () => {
      turns += 1;
      if (slices < 10) setImmediate(count);
    };
    setImmediate(count);
    maintenance.start();
    while (slices < 10) await new Promise((resolve) => setImmediate(resolve));
    await maintenance.stop();
    expect(turns).toBeGreaterThan(5);
  });
});
