import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMeterError } from '@smart-meter/meter-adapter';
import { Journal } from './journal';
import { circuit, journalBench, reading, T0 } from './testing/test-journal';

const { newDirectory, open } = journalBench();

/** @returns whether a small file system could be mounted at the directory */
function mountSmall(directory: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', directory], { stdio: 'pipe' });
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
    isMounted = mountSmall(directory);
  });

  afterEach(() => {
    if (isMounted) execFileSync('umount', ['-l', directory]);
  });

  it('refuses what does not fit, harms nothing, and takes it when there is room again', () => {
    if (!isMounted) return;
    let journal = open({ dataDir: directory, outboxMaxBytes: 1e9 });
    const ballast = join(directory, 'ballast');
    writeFileSync(ballast, Buffer.alloc(2_500_000));
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
});

function expectContent(journal: Journal, stored: number): void {
  const period = { from: new Date(0), to: new Date('2100-01-01') };
  const values = [...journal.readings(period)].map(({ totalPowerW }) => totalPowerW);
  expect(values).toEqual(Array.from({ length: stored }, (_, i) => stored - 1 - i));
  expect(journal.outbox.stats()).toMatchObject({ entries: stored, lines: stored });
  expect(journal.series()).toHaveLength(stored + 1);
}
