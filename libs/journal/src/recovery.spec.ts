import { mkdirSync, readdirSync, readFileSync, rmdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as fc from 'fast-check';
import { Journal, JournalOptions } from './journal';
import { circuit, journalBench, reading, T0 } from './testing/test-journal';

const { newDirectory, open } = journalBench();
const always = { from: new Date(0), to: new Date('2100-01-01') };
const PAGE_BYTES = 4_096;
const READINGS = 2_000;

/** A closed journal of some hundred pages; its bytes. */
function writtenJournal(dataDir: string, readings = READINGS): Buffer {
  const journal = open({ dataDir });
  for (let i = 0; i < readings; i += 100) {
    const batch = Array.from({ length: 100 }, (_, k) => i + k);
    journal.append({
      readings: batch.map((k) =>
        reading(T0 - k * 10_000, { totalPowerW: k, circuits: [circuit('a', k), circuit('b', -k)] }),
      ),
      outbox: batch.map((k) => ({
        lineProtocol: `smart_meter total_power_w=${k} ${T0 - k * 10_000}`,
        lineCount: 1,
      })),
    });
  }
  while (!journal.maintain().idle);
  journal.close();
  return readFileSync(join(dataDir, 'journal.db'));
}

function content(journal: Journal) {
  const values = [...journal.readings(always)].map(({ totalPowerW }) => totalPowerW);
  const waiting = journal.outbox.take({ order: 'oldest', maxLines: 1e9, maxBytes: 1e9 });
  return { values, waiting: waiting.map(({ lineProtocol }) => lineProtocol) };
}

function pagesOf(dataDir: string, table: string): number[] {
  const database = new DatabaseSync(join(dataDir, 'journal.db'), { readOnly: true });
  try {
    return database
      .prepare("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno")
      .all(table)
      .map((row) => Number(row['pageno']));
  } finally {
    database.close();
  }
}

function damage(dataDir: string, pages: readonly number[]): void {
  const path = join(dataDir, 'journal.db');
  const bytes = readFileSync(path);
  for (const page of pages) bytes.fill(0xa5, (page - 1) * PAGE_BYTES, page * PAGE_BYTES);
  writeFileSync(path, bytes);
}

const asideFiles = (dataDir: string) => readdirSync(dataDir).filter((name) => name.includes('.damaged-'));

/** Whatever was done to the file: it opens, nothing in it is invented, and it works on. */
function expectToWork(dataDir: string, options: Partial<JournalOptions> = {}) {
  const journal = open({ dataDir, ...options });
  const { values, waiting } = content(journal);
  for (const value of values) {
    expect(value === undefined || (Number.isInteger(value) && Number(value) < READINGS)).toBe(true);
  }
  expect(journal.outbox.stats()).toMatchObject({ entries: waiting.length, lines: waiting.length });
  journal.append({
    readings: [reading(T0 + 60_000, { totalPowerW: 1 })],
    outbox: [{ lineProtocol: 'smart_meter total_power_w=1 1', lineCount: 1 }],
  });
  while (!journal.maintain().idle);
  expect(content(journal).waiting).toHaveLength(waiting.length + 1);
  return { journal, values, waiting, recovery: journal.recovery };
}

describe('a damaged journal', () => {
  it('loses only what is on the damaged pages, and says so', () => {
    const dataDir = newDirectory();
    writtenJournal(dataDir);
    const samplePages = pagesOf(dataDir, 'sample');
    const outboxPages = pagesOf(dataDir, 'outbox');
    const hurt = [samplePages[3] ?? 0, samplePages[9] ?? 0, outboxPages[5] ?? 0];
    damage(dataDir, hurt);
    const { values, waiting, recovery } = expectToWork(dataDir);
    expect(waiting.length).toBeGreaterThan(READINGS * (1 - 2 / outboxPages.length));
    expect(waiting.length).toBeLessThan(READINGS);
    expect(values.length).toBeGreaterThan(READINGS * (1 - 6 / samplePages.length));
    expect(recovery?.tables.find(({ table }) => table === 'outbox')).toEqual({
      table: 'outbox',
      rows: waiting.length,
      complete: false,
    });
    expect(recovery?.tables.find(({ table }) => table === 'series')?.complete).toBe(true);
    expect(recovery?.setAside).toEqual(asideFiles(dataDir).map((name) => join(dataDir, name)));
    expect(asideFiles(dataDir)).toHaveLength(1);
  });

  it('gives everything back when only its first page is gone', () => {
    const dataDir = newDirectory();
    writtenJournal(dataDir);
    damage(dataDir, [1]);
    const { values, waiting } = expectToWork(dataDir);
    expect(values).toHaveLength(READINGS);
    expect(waiting).toHaveLength(READINGS);
  });

  it('gives back what was before the cut when its end is cut off', () => {
    const dataDir = newDirectory();
    const bytes = writtenJournal(dataDir);
    truncateSync(join(dataDir, 'journal.db'), Math.floor(bytes.length * 0.7));
    const { values, waiting } = expectToWork(dataDir);
    expect(values.length + waiting.length).toBeGreaterThan(READINGS / 2);
  });

  it('keeps samples whose series was lost', () => {
    const dataDir = newDirectory();
    writtenJournal(dataDir);
    damage(dataDir, pagesOf(dataDir, 'series'));
    const { journal } = expectToWork(dataDir);
    const recovered = journal.series('recovered');
    expect(recovered).toHaveLength(3);
    expect(journal.samples(recovered[0]?.id ?? 0, always)).toHaveLength(READINGS);
  });

  it('has its roll-ups made anew', () => {
    const dataDir = newDirectory();
    writtenJournal(dataDir);
    const before = open({ dataDir });
    const id = before.findSeries({ meterId: 'home', quantity: 'totalPowerW', circuitId: null })?.id ?? 0;
    const hours = before.rollups(id, 'hour', always);
    before.close();
    damage(dataDir, pagesOf(dataDir, 'rollup'));
    const journal = open({ dataDir });
    expect(journal.rollups(id, 'hour', always)).toEqual(hours);
  });

  it('is repaired while it is open, and what was asked is done', () => {
    const dataDir = newDirectory();
    writtenJournal(dataDir);
    const log = jest.fn();
    const journal = open({ dataDir, log });
    journal.append({ readings: [], outbox: [{ lineProtocol: 'late v=1 1', lineCount: 1 }] });
    journal.prepare('PRAGMA wal_checkpoint').get();
    damage(dataDir, pagesOf(dataDir, 'outbox').slice(4, 5));
    // What it has read already it would not read again.
    journal.prepare('PRAGMA shrink_memory').get();
    const { waiting } = content(journal);
    expect(waiting.length).toBeGreaterThan(READINGS / 2);
    expect(waiting.at(-1)).toBe('late v=1 1');
    expect(journal.recovery?.reason).toMatch(/damaged/);
    expect(log).toHaveBeenCalledWith('error', expect.stringContaining('repaired'), expect.anything());
    journal.append({ readings: [reading(T0 + 1, { totalPowerW: 1 })] });
    expect(content(journal).values).toHaveLength(READINGS + 1);
  });

  it('that cannot be repaired now is repaired when it can', () => {
    const dataDir = newDirectory();
    writtenJournal(dataDir);
    const journal = open({ dataDir });
    journal.prepare('PRAGMA wal_checkpoint').get();
    damage(dataDir, pagesOf(dataDir, 'outbox').slice(4, 5));
    journal.prepare('PRAGMA shrink_memory').get();
    // A directory where the repaired file would go.
    mkdirSync(join(dataDir, 'journal.db.repairing'));
    expect(() => content(journal)).toThrow();
    expect(() => journal.append({ readings: [reading(T0 + 1, { totalPowerW: 1 })] })).toThrow();
    rmdirSync(join(dataDir, 'journal.db.repairing'));
    journal.append({ readings: [reading(T0 + 1, { totalPowerW: 1 })] });
    expect(content(journal).values).toHaveLength(READINGS + 1);
  });

  it.each([
    ['garbage', Buffer.alloc(20_000, 'not a database ')],
    ['a short text', Buffer.alloc(700, 'x')],
    ['zeros', Buffer.alloc(8_192)],
  ])('that is %s is set aside', (_case, bytes) => {
    const dataDir = newDirectory();
    writeFileSync(join(dataDir, 'journal.db'), bytes);
    const { values } = expectToWork(dataDir);
    expect(values).toEqual([]);
    const [aside] = asideFiles(dataDir);
    expect(readFileSync(join(dataDir, aside ?? ''))).toEqual(bytes);
  });

  it.each([
    ['of another application', (database: DatabaseSync) => database.exec('PRAGMA application_id = 7')],
    [
      'of a later release',
      (database: DatabaseSync) =>
        database.exec("UPDATE schema_version SET version = 99 WHERE owner = 'journal'"),
    ],
  ])('%s is set aside, and what can be read of it taken over', (_case, change) => {
    const dataDir = newDirectory();
    writtenJournal(dataDir);
    const database = new DatabaseSync(join(dataDir, 'journal.db'));
    change(database);
    database.close();
    const { values, recovery } = expectToWork(dataDir);
    expect(values).toHaveLength(READINGS);
    expect(recovery?.setAside).toHaveLength(1);
  });

  it('a repair that was cut short is finished or begun anew', () => {
    const dataDir = newDirectory();
    writtenJournal(dataDir);
    const path = join(dataDir, 'journal.db');
    const sound = readFileSync(path);
    writeFileSync(`${path}.repairing`, 'half a draft');
    damage(dataDir, [1]);
    expect(expectToWork(dataDir).values).toHaveLength(READINGS);

    const other = newDirectory();
    writeFileSync(join(other, 'journal.db'), 'damaged');
    writeFileSync(join(other, 'journal.db-wal'), 'damaged log');
    writeFileSync(join(other, 'journal.db.repaired'), sound);
    expect(expectToWork(other).values).toHaveLength(READINGS);
    expect(asideFiles(other)).toHaveLength(2);
  });

  it('a torn write-ahead log loses its tail alone', () => {
    const dataDir = newDirectory();
    const journal = open({ dataDir });
    for (let i = 0; i < 20; i += 1) journal.append({ readings: [reading(T0 + i, { totalPowerW: i })] });
    const copy = newDirectory();
    const wal = readFileSync(join(dataDir, 'journal.db-wal'));
    writeFileSync(join(copy, 'journal.db'), readFileSync(join(dataDir, 'journal.db')));
    writeFileSync(join(copy, 'journal.db-wal'), wal.subarray(0, wal.length - 3_000));
    const { values, recovery } = expectToWork(copy);
    expect(values).toEqual(Array.from({ length: 19 }, (_, i) => i));
    expect(recovery).toBeUndefined();
  });

  it('always opens and never invents, wherever the damage is', () => {
    const template = newDirectory();
    const bytes = writtenJournal(template, 500);
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            at: fc.integer({ min: 0, max: bytes.length - 1 }),
            length: fc.constantFrom(1, 16, 512, PAGE_BYTES),
            value: fc.integer({ min: 0, max: 255 }),
          }),
          { minLength: 1, maxLength: 6 },
        ),
        fc.option(fc.integer({ min: 0, max: bytes.length })),
        (spots, cutAt) => {
          const dataDir = newDirectory();
          const hurt = Buffer.from(bytes);
          for (const { at, length, value } of spots)
            hurt.fill(value, at, Math.min(bytes.length, at + length));
          writeFileSync(join(dataDir, 'journal.db'), cutAt === null ? hurt : hurt.subarray(0, cutAt));
          const journal = open({ dataDir });
          const { waiting } = content(journal);
          expect(journal.outbox.stats().entries).toBe(waiting.length);
          journal.append({ readings: [reading(T0 + 60_000, { totalPowerW: 1 })] });
          while (!journal.maintain().idle);
          const period = { from: new Date(T0 + 60_000), to: new Date(T0 + 60_001) };
          expect([...journal.readings(period)].filter(({ totalPowerW }) => totalPowerW === 1)).toHaveLength(
            1,
          );
          journal.close();
        },
      ),
      { numRuns: 20, interruptAfterTimeLimit: 10_000 },
    );
  }, 30_000);
});
