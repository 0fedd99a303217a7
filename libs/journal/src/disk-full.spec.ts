import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMeterError } from '@smart-meter/meter-adapter';
import { Journal } from './journal';
import { circuit, journalBench, reading, T0 } from './testing/test-journal';

const { newDirectory, open } = journalBench();

/** @returns whether a small file system could be mounted at the directory */
function mountSmall(directory: string, megabytes: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory], { stdio: 'pipe' });
    return true;
  } catch (error) {
    process.stdout.write(`SKIPPED: the disk-full test needs the right to mount a tmpfs (${String(error)})\n`);
    return false;
  }
}

describe('a full disk', () => {
  let directory = '';
  let isMounted = false;

  beforeEach(() => {
    directory = newDirectory();
    isMounted = mountSmall(directory, 40);
  });

  afterEach(() => {
    if (isMounted) execFileSync('umount', ['-l', directory]);
  });

  it('refuses what does not fit, harms nothing, and takes it when there is room again', () => {
    if (!isMounted) return;
    let journal = open({ dataDir: directory, outboxMaxBytes: 1e9 });
    const ballast = join(directory, 'ballast');
    writeFileSync(ballast, Buffer.alloc(28_000_000));
    const batch = (sequence: number) => ({
      readings: [
        reading(T0 - sequence * 1_000, {
          totalPowerW: sequence,
          circuits: [circuit(`c${sequence}`, sequence)],
        }),
      ],
      outbox: [{ lineProtocol: `m v=${sequence} ${'x'.repeat(20_000)}`, lineCount: 1 }],
    });

    let stored = 0;
    let fault: unknown;
    while (fault === undefined) {
      try {
        journal.append(batch(stored));
        stored += 1;
      } catch (error) {
        fault = error;
      }
      expect(stored).toBeLessThan(1_000);
    }
    expect(isMeterError(fault) && fault.code).toBe('unavailable');
    expect(isMeterError(fault) && fault.retryable).toBe(true);
    expectContent(journal, stored);
    expect(() => journal.append(batch(stored))).toThrow(/room|written/);
    expectContent(journal, stored);
    expect(() => journal.maintain()).not.toThrow(TypeError);

    rmSync(ballast);
    journal.append(batch(stored));
    expectContent(journal, stored + 1);
    expect(journal.recovery).toBeUndefined();

    journal.close();
    journal = open({ dataDir: directory, outboxMaxBytes: 1e9 });
    expectContent(journal, stored + 1);
    expect(journal.recovery).toBeUndefined();
  });

  it('lets the journal start: what it keeps for that time is room enough', () => {
    if (!isMounted) return;
    let journal = open({ dataDir: directory });
    journal.append({ readings: [reading(T0, { totalPowerW: 7 })] });
    journal.close();
    const ballast = join(directory, 'ballast');
    fillDisk(ballast);
    journal = open({ dataDir: directory });
    expect([...journal.readings({ from: new Date(0), to: new Date('2100-01-01') })]).toMatchObject([
      { totalPowerW: 7 },
    ]);
    rmSync(ballast);
    journal.append({ readings: [reading(T0 + 1_000, { totalPowerW: 8 })] });
    journal.close();
  });

  it('that the outbox has filled is emptied by delivering', () => {
    if (!isMounted) return;
    const journal = open({ dataDir: directory, outboxMaxBytes: 1e9 });
    let sequence = 0;
    const fill = () => {
      for (let i = 0; i < 1_000; i += 1) {
        journal.append({
          readings: [reading(T0 - sequence * 1_000, { totalPowerW: sequence })],
          outbox: [{ lineProtocol: `${sequence} ${'x'.repeat(200_000)}`, lineCount: 1 }],
        });
        sequence += 1;
      }
    };
    for (let round = 0; round < 3; round += 1) {
      expect(fill).toThrow(expect.objectContaining({ code: 'unavailable' }));
      const delivered: string[] = [];
      for (;;) {
        const waiting = journal.outbox.take({ order: 'oldest', maxLines: 10, maxBytes: 1e9 });
        if (waiting.length === 0) break;
        delivered.push(...waiting.map(({ lineProtocol }) => lineProtocol.split(' ')[0] ?? ''));
        journal.outbox.settle({ settledIds: waiting.map(({ id }) => id), rejected: [] });
      }
      expect(delivered.at(-1)).toBe(String(sequence - 1));
      while (!journal.maintain().idle);
    }
    const period = { from: new Date(0), to: new Date('2100-01-01') };
    expect([...journal.readings(period)]).toHaveLength(sequence);
  });
});

/** Takes every byte that is left. */
function fillDisk(path: string): void {
  for (const size of [65_536, 512]) {
    try {
      for (;;) appendFileSync(path, Buffer.alloc(size));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
    }
  }
}

function expectContent(journal: Journal, stored: number): void {
  const period = { from: new Date(0), to: new Date('2100-01-01') };
  const values = [...journal.readings(period)].map(({ totalPowerW }) => totalPowerW);
  expect(values).toEqual(Array.from({ length: stored }, (_, i) => stored - 1 - i));
  expect(journal.outbox.stats()).toMatchObject({ entries: stored, lines: stored });
  expect(journal.series()).toHaveLength(stored + 1);
}
