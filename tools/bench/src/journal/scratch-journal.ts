import { systemClock } from '@smart-meter/meter-adapter';
import { Journal } from '@smart-meter/journal';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ScratchJournal {
  dataDir: string;
  journal: Journal;
  /** What the journal takes for now. */
  setNow(at: Date): void;
  remove(): void;
}

/** A journal in a directory of its own, at a time of its own. */
export function scratchJournal(now: Date): ScratchJournal {
  const dataDir = mkdtempSync(join(tmpdir(), 'journal-bench-'));
  let nowMs = now.getTime();
  const journal = Journal.open({
    dataDir,
    timeZone: 'Europe/Berlin',
    clock: { ...systemClock, now: () => new Date(nowMs) },
    retentionDays: 3_650,
    outboxMaxBytes: 4e9,
  });
  return {
    dataDir,
    journal,
    setNow: (at) => (nowMs = at.getTime()),
    remove: () => {
      journal.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
