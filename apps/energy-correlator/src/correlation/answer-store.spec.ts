import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Attribution } from '@smart-meter/correlation';
import { Journal } from '@smart-meter/journal';
import { systemClock } from '@smart-meter/meter-adapter';
import { correlatorSchema } from '../journal/correlator-schema';
import { AnswerStore } from './answer-store';

/** Of all answers: once per entity in a covering index, and what a rename looks through. */
const WHOLE_TABLE = [/GROUP BY entity_id/, /SET co_events/];

let journal: Journal;
let statements: string[];
let store: AnswerStore;

beforeEach(() => {
  journal = Journal.open({
    dataDir: mkdtempSync(join(tmpdir(), 'answers-')),
    fileName: 'correlator.db',
    timeZone: 'UTC',
    retentionDays: 30,
    outboxMaxBytes: 1e6,
    extensions: [correlatorSchema],
  });
  statements = [];
  const prepare = journal.prepare.bind(journal);
  jest.spyOn(journal, 'prepare').mockImplementation((sql) => {
    statements.push(sql);
    return prepare(sql);
  });
  store = new AnswerStore({ journal, clock: systemClock, delivers: false });
  jest.restoreAllMocks();
});

afterEach(() => journal.close());

function attribution(entityId: string, atMs: number): Attribution {
  return {
    eventId: `${entityId}@${atMs}`,
    entityId,
    domain: entityId.split('.')[0] ?? '',
    state: 'on',
    previousState: 'off',
    atMs,
    channel: 'mains',
    deltaW: 60,
    horizonS: 10,
    estimateW: 60,
    sdW: 2,
    probability: 1,
    confidence: 0.9,
    reason: null,
    coEvents: [],
    expectedW: 60,
    expectedSdW: 3,
    beforeW: 200,
    afterW: 260,
    levelsUsed: 2,
    settled: null,
    revision: 1,
    provisional: false,
  };
}

/** Ten answers of each entity, two of them at each instant. */
function fill(...entities: string[]): void {
  store.write(
    entities.flatMap((entityId) =>
      Array.from({ length: 10 }, (_, index) => ({
        attribution: attribution(entityId, 1_000 * (index + 1)),
        levelTenths: null,
        pass: 'live' as const,
      })),
    ),
  );
}

it('reads the whole table only where it has to, and sorts nothing that an index has in order', () => {
  const plans = statements.map((sql) => ({
    sql,
    plan: journal
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all<readonly [number, number, number, string]>(
        ...Array.from({ length: parameterCount(sql) }, () => null),
      )
      .map(([, , , detail]) => detail),
  }));
  expect(plans.length).toBeGreaterThan(15);
  const scanning = plans.filter(({ plan }) => plan.some((step) => /^SCAN answer/.test(step)));
  expect(scanning.map(({ sql }) => WHOLE_TABLE.findIndex((expected) => expected.test(sql)))).toEqual([0, 1]);
  expect(scanning[0]?.plan.join()).toContain('SCAN answer USING COVERING INDEX');
  expect(plans.filter(({ plan }) => plan.some((step) => step.includes('TEMP B-TREE')))).toEqual([]);
});

it('gives each answer of an entity, or of all, once, page by page', () => {
  fill('light.a', 'switch.b');
  for (const [entityId, expected] of [
    ['light.a', 10],
    [undefined, 20],
  ] as const) {
    const seen: string[] = [];
    let after: { atMs: number; id: number } | undefined;
    for (;;) {
      const page = store.newest({ entityId, fromMs: 0, toMs: 100_000, after, limit: 3 });
      seen.push(...page.map(({ eventId }) => eventId));
      after = page.at(-1);
      if (after === undefined) break;
    }
    expect([seen.length, new Set(seen).size]).toEqual([expected, expected]);
  }
});

it('keeps to the period, whatever page is asked for', () => {
  fill('light.a');
  const times = (after?: { atMs: number; id: number }) =>
    store.newest({ fromMs: 2_000, toMs: 4_000, after, limit: 10 }).map(({ atMs }) => atMs);
  expect(times()).toEqual([3_000, 2_000]);
  expect(times({ atMs: 9_000, id: 99 })).toEqual([3_000, 2_000]);
  expect(times({ atMs: 3_000, id: 1 })).toEqual([2_000]);
});

it('knows the entities, and the domain of each', () => {
  fill('switch.b', 'light.a');
  expect(store.entities()).toEqual([
    { entityId: 'light.a', domain: 'light', events: 10, firstAtMs: 1_000, lastAtMs: 10_000 },
    { entityId: 'switch.b', domain: 'switch', events: 10, firstAtMs: 1_000, lastAtMs: 10_000 },
  ]);
  expect(['light.a', 'light', 'light.'].map((entityId) => store.domainOf(entityId))).toEqual([
    'light',
    undefined,
    undefined,
  ]);
});

/** Numbered parameters count once. */
function parameterCount(sql: string): number {
  const numbered = [...sql.matchAll(/\?(\d+)/g)].map(([, number]) => Number(number));
  return numbered.length > 0 ? Math.max(...numbered) : [...sql.matchAll(/\?/g)].length;
}
