import { Journal } from './journal';
import { Outbox } from './outbox';
import { OutboxSlice } from './outbox-entry';
import { journalBench, T0 } from './testing/test-journal';

const { newDirectory, open } = journalBench();

const lines = (name: string, count = 1) => ({
  lineProtocol: Array.from({ length: count }, (_, i) => `${name} v=${i} ${T0}`).join('\n'),
  lineCount: count,
});
const enqueue = (journal: Journal, ...entries: ReturnType<typeof lines>[]) =>
  journal.append({ readings: [], outbox: entries });
const all: OutboxSlice = { order: 'oldest', maxLines: 1e9, maxBytes: 1e9 };
const taken = (outbox: Outbox, slice: Partial<OutboxSlice> = {}) =>
  outbox.take({ ...all, ...slice }).map(({ lineProtocol }) => lineProtocol.split(' ')[0]);

describe('take', () => {
  it('reads oldest or newest first within the limits, and at least one', () => {
    const { outbox, ...journal } = withEntries('a', 'b', 'c');
    expect(taken(outbox)).toEqual(['a', 'b', 'c']);
    expect(taken(outbox, { order: 'newest', maxLines: 2 })).toEqual(['c', 'b']);
    expect(taken(outbox, { maxLines: 0 })).toEqual(['a']);
    expect(taken(outbox, { maxBytes: 1 })).toEqual(['a']);
    expect(taken(outbox, { excludeIds: new Set([1, 2]), maxLines: 1 })).toEqual(['c']);
    expect(journal.journal.outbox.stats()).toMatchObject({ entries: 3, lines: 3 });
  });

  it('finds what is not excluded behind many that are', () => {
    const journal = open();
    enqueue(journal, ...Array.from({ length: 1_200 }, (_, i) => lines(`e${i}`)));
    const excludeIds = new Set(Array.from({ length: 1_199 }, (_, i) => i + 1));
    expect(taken(journal.outbox, { excludeIds, maxLines: 1 })).toEqual(['e1199']);
  });
});

describe('settle', () => {
  it('removes what is settled and quarantines what was refused, once however often it is told', () => {
    const { outbox } = withEntries('a', 'b');
    const outcome = {
      settledIds: [1],
      rejected: [{ entryId: 1, line: 'a v=0', status: 400, reason: 'type conflict' }],
    };
    outbox.settle(outcome);
    outbox.settle(outcome);
    expect(taken(outbox)).toEqual(['b']);
    expect(outbox.stats()).toMatchObject({ entries: 1, lines: 1, quarantinedLines: 1, droppedLines: 0 });
    expect(outbox.quarantine.list()).toMatchObject([{ line: 'a v=0', status: 400, reason: 'type conflict' }]);
  });

  it('never gives an id out again', () => {
    const dataDir = newDirectory();
    const journal = open({ dataDir });
    enqueue(journal, lines('a'), lines('b'));
    journal.outbox.settle({ settledIds: [1, 2], rejected: [] });
    journal.close();
    const again = open({ dataDir });
    enqueue(again, lines('c'));
    expect(again.outbox.take(all).map(({ id }) => id)).toEqual([3]);
  });
});

describe('the bound', () => {
  it('drops the oldest, counts them for good and says so', () => {
    const dataDir = newDirectory();
    const log = jest.fn();
    const journal = open({ dataDir, outboxMaxBytes: 100, log });
    for (let i = 0; i < 10; i += 1) enqueue(journal, lines(`e${i}`, 2));
    const { entries, bytes, droppedLines, droppedBytes } = journal.outbox.stats();
    expect(bytes).toBeLessThanOrEqual(100);
    expect(entries).toBeGreaterThan(0);
    expect(droppedLines).toBe(20 - entries * 2);
    expect(droppedBytes + bytes).toBe(10 * Buffer.byteLength(lines('e0', 2).lineProtocol));
    expect(taken(journal.outbox).at(-1)).toBe('e9');
    expect(log).toHaveBeenCalledWith(
      'error',
      expect.stringContaining('dropped'),
      expect.objectContaining({ droppedLines: 2 }),
    );
    journal.close();
    expect(open({ dataDir, outboxMaxBytes: 100 }).outbox.stats().droppedLines).toBe(droppedLines);
  });

  it('that was lowered takes effect at the next start', () => {
    const dataDir = newDirectory();
    const journal = open({ dataDir });
    enqueue(journal, ...Array.from({ length: 5_000 }, (_, i) => lines(`e${i}`)));
    journal.close();
    const { bytes, entries, droppedLines } = open({ dataDir, outboxMaxBytes: 1_000 }).outbox.stats();
    expect(bytes).toBeLessThanOrEqual(1_000);
    expect(droppedLines).toBe(5_000 - entries);
  });

  it('holds for the quarantine too', () => {
    const journal = open({ outboxMaxBytes: 100 });
    for (let i = 0; i < 10; i += 1) {
      enqueue(journal, lines('x'));
      const [entry] = journal.outbox.take(all);
      const rejected = { entryId: entry?.id ?? 0, line: 'x'.repeat(40), status: 422, reason: `no ${i}` };
      journal.outbox.settle({ settledIds: [rejected.entryId], rejected: [rejected] });
    }
    expect(journal.outbox.quarantine.list().map(({ reason }) => reason)).toEqual(['no 8', 'no 9']);
    expect(journal.outbox.stats()).toMatchObject({ quarantinedLines: 2, droppedLines: 8, droppedBytes: 320 });
  });
});

describe('quarantine', () => {
  it('lists in pages, sends again and purges', () => {
    const { outbox } = withEntries('a', 'b', 'c');
    outbox.settle({
      settledIds: [1, 2, 3],
      rejected: [1, 2, 3].map((entryId) => ({ entryId, line: `line${entryId}`, status: 400, reason: 'no' })),
    });
    const [first] = outbox.quarantine.list({ limit: 1 });
    expect(outbox.quarantine.list({ afterId: first?.id ?? 0 }).map(({ line }) => line)).toEqual([
      'line2',
      'line3',
    ]);
    expect(outbox.quarantine.retry([first?.id ?? 0, 999])).toBe(1);
    expect(taken(outbox)).toEqual(['line1']);
    expect(outbox.quarantine.purge([2])).toBe(1);
    expect(outbox.quarantine.retry()).toBe(1);
    expect(taken(outbox)).toEqual(['line1', 'line3']);
    expect(outbox.stats()).toMatchObject({ entries: 2, quarantinedLines: 0 });
  });
});

describe('onAppended', () => {
  it('calls after the commit and not for what was undone; a failing listener harms nobody', () => {
    const log = jest.fn();
    const journal = open({ log });
    const calls: number[] = [];
    journal.outbox.onAppended(() => {
      throw new Error('listener');
    });
    const stop = journal.outbox.onAppended(() => calls.push(journal.outbox.stats().entries));
    enqueue(journal, lines('a'));
    expect(() =>
      journal.transaction(() => {
        enqueue(journal, lines('b'));
        throw new Error('undone');
      }),
    ).toThrow('undone');
    journal.append({ readings: [] });
    expect(calls).toEqual([1]);
    stop();
    enqueue(journal, lines('c'));
    expect(calls).toEqual([1]);
    expect(log).toHaveBeenCalledWith('error', expect.stringContaining('listener'), expect.anything());
  });
});

function withEntries(...names: string[]) {
  const journal = open();
  enqueue(journal, ...names.map((name) => lines(name)));
  return { journal, outbox: journal.outbox };
}
