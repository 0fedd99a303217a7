import { spawn } from 'node:child_process';
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { Journal } from './journal';
import { journalBench, reading, T0 } from './testing/test-journal';

const { newDirectory, open } = journalBench();
const everything = { order: 'oldest', maxLines: 1e9, maxBytes: 1e9 } as const;
const always = { from: new Date(0), to: new Date('2100-01-01') };

const queuedLines = (journal: Journal) =>
  journal.outbox.take(everything).flatMap(({ lineProtocol }) => lineProtocol.split('\n'));

describe('kill -9', () => {
  it('loses nothing that was acknowledged, and doubles nothing', async () => {
    const dataDir = newDirectory();
    const stored = new Set<number>();
    const settled = new Set<number>();
    for (let round = 0; round < 5; round += 1) {
      const told = await writeUntilKilled(dataDir, stored.size, 30 + Math.random() * 150);
      for (const [, sign, number] of told.matchAll(/^([+-])(\d+)\n/gm)) {
        (sign === '+' ? stored : settled).add(Number(number));
      }
      const journal = open({ dataDir });
      expect(journal.recovery).toBeUndefined();
      const values = [...journal.readings(always)].map(({ totalPowerW }) => Number(totalPowerW));
      // One more may be on disk than the writer lived to tell.
      expect(values.length - stored.size).toBeLessThanOrEqual(1);
      expect(values).toEqual(values.map((_, i) => i));
      expect(values.length).toBeGreaterThanOrEqual(stored.size);
      for (const value of values) stored.add(value);
      const waiting = queuedLines(journal).map((line) => Number(/=(\d+)/.exec(line)?.[1]));
      const missing = values.filter((value) => !waiting.includes(value) && !settled.has(value));
      expect(missing.length).toBeLessThanOrEqual(1);
      for (const value of missing) settled.add(value);
      expect(waiting).toEqual(values.filter((value) => !settled.has(value)));
      expect(journal.outbox.stats()).toMatchObject({ entries: waiting.length, lines: waiting.length });
      journal.close();
    }
    expect(stored.size).toBeGreaterThan(0);
    expect(settled.size).toBeGreaterThan(0);
  }, 40_000);
});

it('a journal that another process writes to stays closed, and the message names that process', async () => {
  const dataDir = newDirectory();
  let fault: unknown;
  let holder: number | undefined;
  await writeUntilKilled(dataDir, 0, 10, (pid) => {
    holder = pid;
    try {
      open({ dataDir });
    } catch (error) {
      fault = error;
    }
  });
  expect(fault).toMatchObject({
    code: 'configuration',
    message: expect.stringContaining(`process ${holder}`) as string,
  });
});

/** @returns what the writer told before it was killed `afterMs` after its first word */
function writeUntilKilled(
  dataDir: string,
  firstSequence: number,
  afterMs: number,
  onStarted: (pid: number | undefined) => void = () => undefined,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const writer = spawn(
      process.execPath,
      [
        '--conditions=@smart-meter/source',
        join(__dirname, 'testing/crash-writer.cjs'),
        dataDir,
        String(firstSequence),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let told = '';
    let faults = '';
    writer.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (told === '') {
        onStarted(writer.pid);
        setTimeout(() => writer.kill('SIGKILL'), afterMs);
      }
      told += text;
    });
    writer.stderr.setEncoding('utf8').on('data', (text: string) => (faults += text));
    writer.on('close', (_code, signal) => {
      if (signal === 'SIGKILL') resolve(told);
      else reject(new Error(`the writer ended by itself: ${faults}`));
    });
  });
}

type Step =
  { accept: number[] } | { deliver: number } | { reject: number } | { crashAt: number } | 'retry' | 'restart';

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ accept: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ deliver: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ reject: fc.nat(4) }) },
  { weight: 3, arbitrary: fc.record({ crashAt: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  fc.constantFrom('retry', 'restart'),
);

/** Where every accepted line is. */
interface Ledger {
  queued: string[];
  quarantined: string[];
  delivered: string[];
}

const copyOf = (ledger: Ledger): Ledger => ({
  queued: [...ledger.queued],
  quarantined: [...ledger.quarantined],
  delivered: [...ledger.delivered],
});

describe('any sequence of accepting, delivering, refusing, crashing and restarting', () => {
  it('keeps every accepted line delivered, queued or quarantined, and counts it right', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        let dataDir = newDirectory();
        let journal = open({ dataDir });
        let ledger: Ledger = { queued: [], quarantined: [], delivered: [] };
        let before = { ledger: copyOf(ledger), walBytes: 0 };
        let sequence = 0;
        for (const now of steps) {
          if (typeof now === 'object' && 'crashAt' in now) {
            // The last step's pages reached the disk as far as `crashAt` says: it has happened as a whole or not at all.
            const crashed = newDirectory();
            const isWhole = copyTorn(dataDir, crashed, before.walBytes, now.crashAt);
            journal.close();
            dataDir = crashed;
            journal = open({ dataDir });
            const happened = queuedLines(journal).join() === ledger.queued.join();
            if (!isWhole && !happened) ledger = before.ledger;
          } else {
            before = { ledger: copyOf(ledger), walBytes: walBytesOf(dataDir) };
            if (now === 'restart') {
              journal.close();
              journal = open({ dataDir });
            } else if (now === 'retry') {
              journal.outbox.quarantine.retry();
              ledger.queued.push(...ledger.quarantined.splice(0));
            } else if ('accept' in now) {
              const outbox = now.accept.map((lineCount) => {
                const lines = Array.from({ length: lineCount }, () => `m v=1 ${(sequence += 1)}`);
                ledger.queued.push(...lines);
                return { lineProtocol: lines.join('\n'), lineCount };
              });
              journal.append({ readings: [reading(T0 + sequence, { totalPowerW: sequence })], outbox });
            } else {
              settleOne(journal, ledger, now);
            }
          }
          expect(queuedLines(journal)).toEqual(ledger.queued);
          expect(journal.outbox.quarantine.list().map(({ line }) => line)).toEqual(ledger.quarantined);
          expect(journal.outbox.stats()).toMatchObject({
            lines: ledger.queued.length,
            bytes: journal.outbox.take(everything).reduce((sum, entry) => sum + entry.lineProtocol.length, 0),
            quarantinedLines: ledger.quarantined.length,
            droppedLines: 0,
          });
        }
        journal.close();
      }),
      { numRuns: 40, interruptAfterTimeLimit: 15_000 },
    );
  }, 30_000);

  function settleOne(journal: Journal, ledger: Ledger, now: { deliver: number } | { reject: number }): void {
    const entries = journal.outbox.take(everything);
    const entry = entries['deliver' in now ? now.deliver : now.reject];
    if (entry === undefined) return;
    const lines = entry.lineProtocol.split('\n');
    const guilty = 'reject' in now ? lines[0] : undefined;
    journal.outbox.settle({
      settledIds: [entry.id],
      rejected: guilty === undefined ? [] : [{ entryId: entry.id, line: guilty, status: 400, reason: 'no' }],
    });
    ledger.queued = ledger.queued.filter((line) => !lines.includes(line));
    if (guilty !== undefined) ledger.quarantined.push(guilty);
    ledger.delivered.push(...lines.filter((line) => line !== guilty));
  }
});

function walBytesOf(dataDir: string): number {
  return statSync(join(dataDir, 'journal.db-wal'), { throwIfNoEntry: false })?.size ?? 0;
}

/** Copies the files as a power cut would leave them. @returns whether all of the log is there */
function copyTorn(fromDir: string, toDir: string, safeBytes: number, fraction: number): boolean {
  copyFileSync(join(fromDir, 'journal.db'), join(toDir, 'journal.db'));
  const walPath = join(fromDir, 'journal.db-wal');
  if (walBytesOf(fromDir) === 0) return true;
  const wal = readFileSync(walPath);
  // A log that was begun anew is safe as a whole: the step before has closed the file.
  const firstLossy = wal.length >= safeBytes ? safeBytes : wal.length;
  const keptBytes = firstLossy + Math.floor((wal.length - firstLossy) * fraction);
  writeFileSync(join(toDir, 'journal.db-wal'), wal.subarray(0, keptBytes));
  return keptBytes === wal.length;
}
