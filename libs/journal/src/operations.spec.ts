import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { Journal } from './journal';
import { VerifyProgress } from './verify';
import { circuit, journalBench, reading, T0 } from './testing/test-journal';

const { newDirectory, open } = journalBench();
const always = { from: new Date(0), to: new Date('2100-01-01') };

function written(): string {
  const dataDir = newDirectory();
  const journal = open({ dataDir });
  journal.append({
    readings: Array.from({ length: 500 }, (_, i) =>
      reading(T0 - i * 60_000, { totalPowerW: i, circuits: [circuit('a', -i, { name: 'A' })] }),
    ),
    outbox: [{ lineProtocol: 'a v=1 1\nb v=1 1', lineCount: 2 }],
  });
  journal.gaps.open({ meterId: 'home', from: new Date(T0), to: new Date(T0 + 1), reason: 'off' });
  while (!journal.maintain().idle);
  journal.close();
  return dataDir;
}

describe('verify', () => {
  it('finds nothing in a sound journal, and tells how far it is', async () => {
    const reader = Journal.openReadOnly({ dataDir: written() });
    const steps: VerifyProgress[] = [];
    expect(await reader.verify({ onProgress: (progress) => steps.push(progress) })).toEqual({
      ok: true,
      faults: [],
    });
    expect(steps.at(-1)).toEqual({ step: 'done', done: steps.length - 1, total: steps.length - 1 });
    reader.close();
  });

  it.each([
    ['UPDATE outbox_totals SET lines = 9', /2 lines.*totals say.*9 lines/],
    ['UPDATE outbox_totals SET quarantined_lines = 9', /quarantine holds 0 lines/],
    ['UPDATE outbox_totals SET next_id = 1', /still to be given out/],
    ['UPDATE sample SET provenance = 9', /samples that cannot be/],
    ['DELETE FROM series WHERE id = 1', /sample speaks of series 1/],
    ['UPDATE rollup SET mean = max + 1', /roll-ups that cannot be/],
    ['DELETE FROM rollup WHERE resolution = 86400', /days cover/],
  ])('finds what %s has done', async (sql, fault) => {
    const dataDir = written();
    const database = new DatabaseSync(join(dataDir, 'journal.db'));
    database.exec(sql);
    database.close();
    const reader = Journal.openReadOnly({ dataDir });
    const report = await reader.verify();
    expect(report.ok).toBe(false);
    expect(report.faults.join('\n')).toMatch(fault);
    reader.close();
  });
});

it('stats counts everything', () => {
  const reader = Journal.openReadOnly({ dataDir: written() });
  expect(reader.stats()).toMatchObject({
    timeZone: 'UTC',
    samples: 1_000,
    dirtyBuckets: 0,
    gaps: { open: 1, filled: 0 },
    outbox: { entries: 1, lines: 2 },
    series: [
      { quantity: 'totalPowerW', samples: 500, newest: new Date(T0) },
      { quantity: 'circuitPowerW', circuitId: 'a', name: 'A', samples: 500 },
    ],
  });
  expect(reader.stats().bytes).toBeGreaterThan(10_000);
  expect(reader.stats().rollups.hours).toBeGreaterThan(8);
  reader.close();
});

it('exportSamples gives every sample with its series', () => {
  const reader = Journal.openReadOnly({ dataDir: written() });
  const rows = [...reader.exportSamples(always)];
  expect(rows).toHaveLength(1_000);
  expect(rows.at(-1)).toEqual({
    meterId: 'home',
    quantity: 'circuitPowerW',
    circuitId: 'a',
    name: 'A',
    parentId: null,
    atMs: T0,
    averagedOverS: 0,
    value: 0,
    provenance: 'live',
  });
  reader.close();
});

describe('gaps', () => {
  it('are noted, filled bit by bit, and found again after a restart', () => {
    const dataDir = newDirectory();
    const journal = open({ dataDir });
    const from = new Date(T0);
    const gap = journal.gaps.open({ meterId: 'home', from, to: new Date(T0 + 100), reason: 'meter away' });
    expect(gap).toMatchObject({ state: 'open', filledUntil: null, detail: null });
    journal.gaps.update(gap.id, { state: 'partial', filledUntil: new Date(T0 + 40) });
    journal.gaps.open({ meterId: 'home', from: new Date(T0 + 500), to: new Date(T0 + 600), reason: 'again' });
    journal.close();

    const again = open({ dataDir });
    expect(again.gaps.unfinished('home').map(({ from }) => from.getTime())).toEqual([T0 + 500, T0]);
    again.gaps.update(gap.id, { state: 'filled', filledUntil: new Date(T0 + 100), detail: '40 readings' });
    expect(again.gaps.unfinished().map(({ reason }) => reason)).toEqual(['again']);
    expect(again.gaps.list({ to: new Date(T0 + 500) })).toMatchObject([
      { state: 'filled', detail: '40 readings' },
    ]);
    expect(again.gaps.list({ meterId: 'other' })).toEqual([]);
    expect(() => again.gaps.update(99, {})).toThrow(RangeError);
  });

  it('that grow are open again where they are new', () => {
    const journal = open();
    const note = (toMs: number) =>
      journal.gaps.open({ meterId: 'home', from: new Date(T0), to: new Date(toMs), reason: 'away' });
    const { id } = note(T0 + 100);
    expect(note(T0 + 200)).toMatchObject({ id, state: 'open', to: new Date(T0 + 200) });
    journal.gaps.update(id, { state: 'filled' });
    expect(note(T0 + 150)).toMatchObject({ id, state: 'filled', to: new Date(T0 + 200) });
    expect(note(T0 + 300)).toMatchObject({ state: 'partial', filledUntil: new Date(T0 + 200) });
  });
});
