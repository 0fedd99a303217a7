import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CircuitReading, MeterReading } from '@smart-meter/meter-adapter';
import { FakeClock } from '@smart-meter/meter-adapter-testkit';
import { Journal, JournalOptions } from '../journal';

export const T0 = Date.parse('2026-01-15T12:00:00Z');

/** Directories and journals of one spec file, cleaned up after each test. */
export function journalBench() {
  const directories: string[] = [];
  const journals: Journal[] = [];

  afterEach(() => {
    for (const journal of journals.splice(0)) journal.close();
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
  });

  const newDirectory = () => {
    const directory = mkdtempSync(join(tmpdir(), 'journal-'));
    directories.push(directory);
    return directory;
  };
  const open = (options: Partial<JournalOptions> = {}) => {
    const journal = Journal.open({
      dataDir: options.dataDir ?? newDirectory(),
      timeZone: 'UTC',
      clock: new FakeClock(new Date(T0)),
      retentionDays: 30,
      outboxMaxBytes: 1_000_000,
      ...options,
    });
    journals.push(journal);
    return journal;
  };
  return { newDirectory, open };
}

export function circuit(
  id: string,
  powerW: number | null,
  more: Partial<CircuitReading> = {},
): CircuitReading {
  return { id, name: id, powerW, ...more };
}

/** A live, instantaneous reading of meter `home`. */
export function reading(atMs: number, more: Partial<MeterReading> = {}): MeterReading {
  return {
    meterId: 'home',
    observedAt: new Date(atMs),
    averagedOverS: 0,
    circuits: [],
    provenance: 'live',
    ...more,
  };
}
