import fc from 'fast-check';
import { Answer } from './answer';
import { OutboxEntry } from './outbox';
import { settleEntries } from './settlement';

const refused = (reason: string): Answer => ({ kind: 'refused', status: 400, reason });
const ACCEPTED: Answer = { kind: 'accepted' };
const FAILED: Answer = { kind: 'failed', status: 503, reason: 'busy' };

const entry = (id: number, ...lines: string[]): OutboxEntry => ({
  id,
  enqueuedAtMs: 0,
  lineProtocol: lines.join('\n'),
  lineCount: lines.length,
});

describe('settleEntries', () => {
  it('finds exactly the guilty lines, in O(k log n) requests', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 40 }),
        fc.array(fc.nat({ max: 1_200 }), { maxLength: 6 }),
        fc.boolean(),
        async (sizes, guiltyIndexes, saysWhy) => {
          let next = 0;
          const entries = sizes.map((size, id) =>
            entry(id, ...Array.from({ length: size }, () => `m w=1 ${next++}`)),
          );
          const guilty = new Set(
            guiltyIndexes.filter((index) => index < next).map((index) => `m w=1 ${index}`),
          );
          let requests = 0;
          const accepted = new Set<string>();
          const settlement = await settleEntries(entries, async (body) => {
            requests += 1;
            const lines = body.split('\n');
            if (lines.some((line) => guilty.has(line))) return refused(saysWhy ? 'unable to parse' : 'no');
            for (const line of lines) accepted.add(line);
            return ACCEPTED;
          });
          const bound = 3 + guilty.size * (2 * Math.ceil(Math.log2(next + 1)) + 2);
          if (!saysWhy && guilty.size === next) {
            expect(settlement).toMatchObject({
              outcome: { settledIds: [], rejected: [] },
              interruption: { kind: 'misconfigured' },
            });
            return;
          }
          expect(requests).toBeLessThanOrEqual(bound);
          expect(new Set(settlement.outcome.rejected.map(({ line }) => line))).toEqual(guilty);
          expect(settlement.outcome.rejected).toHaveLength(guilty.size);
          expect(settlement.outcome.settledIds).toEqual(entries.map(({ id }) => id));
          expect(settlement.acceptedLines).toBe(next - guilty.size);
          expect(accepted.size).toBe(next - guilty.size);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps what it found out when the server fails in the middle', async () => {
    const answers = [refused('unable to parse'), ACCEPTED, FAILED];
    const entries = [entry(1, 'a w=1 1', 'a w=1 2'), entry(2, 'a w=1 3'), entry(3, 'a w=1 4')];
    const settlement = await settleEntries(entries, async () => answers.shift() ?? FAILED);
    expect(settlement.interruption).toMatchObject({ kind: 'failed', status: 503 });
    expect(settlement.acceptedLines).toBe(2);
    expect(settlement.outcome).toEqual({ settledIds: [2, 3], rejected: [] });
  });

  it('rejects no line of an entry that is not finished', async () => {
    const answers = [refused('unable to parse'), refused('unable to parse'), FAILED];
    const settlement = await settleEntries(
      [entry(1, 'a w=1 1', 'a w=1 2')],
      async () => answers.shift() ?? FAILED,
    );
    expect(settlement.outcome).toEqual({ settledIds: [], rejected: [] });
  });

  it('asks again about lines that were refused before anything was accepted', async () => {
    // The path is wrong at first and then put right: no line was ever at fault.
    let requests = 0;
    const entries = [entry(1, 'a w=1 1', 'a w=1 2', 'a w=1 3', 'a w=1 4')];
    const settlement = await settleEntries(entries, async () =>
      ++requests <= 4 ? refused('wrong path') : ACCEPTED,
    );
    expect(settlement).toEqual({ outcome: { settledIds: [1], rejected: [] }, acceptedLines: 4 });
  });

  it('gives up soon where everything is refused without a word about lines', async () => {
    let requests = 0;
    const lines = Array.from({ length: 5_000 }, (_, index) => `a w=1 ${index}`);
    const settlement = await settleEntries(
      [entry(1, ...lines)],
      async () => (requests++, refused('wrong path')),
    );
    expect(settlement.interruption).toMatchObject({ kind: 'misconfigured', reason: 'wrong path' });
    expect(requests).toBeLessThan(40);
  });
});
