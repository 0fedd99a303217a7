import fc from 'fast-check';
import { compressedChangeJson, compressedStateJson, isoTime, stateJson } from './state-json';
import { StateMachine } from './state-machine';

interface Compressed {
  s: string;
  a: Record<string, unknown>;
  c: string | Record<string, unknown>;
  lc: number;
  lu?: number;
}

interface CompressedEvent {
  readonly a?: Record<string, Compressed>;
  readonly c?: Record<string, { '+'?: Partial<Compressed>; '-'?: { a?: string[] } }>;
  readonly r?: string[];
}

/** Applies an event as the protocol's rules say, knowing nothing of how it was made. */
function apply(known: Record<string, Compressed>, event: CompressedEvent): void {
  Object.assign(known, event.a);
  for (const entityId of event.r ?? []) delete known[entityId];
  for (const [entityId, { '+': plus = {}, '-': minus = {} }] of Object.entries(event.c ?? {})) {
    const state = known[entityId] as Compressed;
    if (plus.s !== undefined) state.s = plus.s;
    if (plus.lc !== undefined) {
      state.lc = plus.lc;
      delete state.lu;
    } else if (plus.lu !== undefined) {
      state.lu = plus.lu;
    }
    if (typeof plus.c === 'string') {
      state.c = typeof state.c === 'string' ? plus.c : { ...state.c, id: plus.c };
    } else if (plus.c !== undefined) {
      state.c = { ...(typeof state.c === 'string' ? { id: state.c, parent_id: null } : state.c), ...plus.c };
    }
    state.a = { ...state.a, ...plus.a };
    for (const name of minus.a ?? []) delete state.a[name];
  }
}

describe('the compressed form', () => {
  const attributes = fc.dictionary(
    fc.constantFrom('unit', 'class', 'list', 'note'),
    fc.jsonValue({ maxDepth: 1 }),
  );
  const write = fc.record({
    entityId: fc.constantFrom('sensor.a', 'sensor.b'),
    state: fc.constantFrom('1', '2', 'unavailable', '"quoted" \\ \n 🔌'),
    attributes: fc.option(attributes, { nil: undefined }),
    force: fc.boolean(),
    removes: fc.boolean(),
    userId: fc.option(fc.constant('someone')),
  });

  it('carries everything: a client that applies each change knows each state', () => {
    fc.assert(
      fc.property(fc.array(write, { maxLength: 30 }), (writes) => {
        let nowMs = 1_795_000_000_000;
        const states = new StateMachine({ now: () => new Date((nowMs += 1)) });
        const known: Record<string, Compressed> = {};
        states.onChange((change) =>
          apply(known, JSON.parse(compressedChangeJson(change)) as CompressedEvent),
        );
        for (const { entityId, state, attributes: values, force, removes, userId } of writes) {
          if (removes) states.remove(entityId);
          else states.set(entityId, state, values, { force, userId });
        }
        const contextOf = (context: Compressed['c']): unknown =>
          typeof context === 'string' ? { id: context, parent_id: null, user_id: null } : context;
        for (const state of states.all()) {
          const truth = JSON.parse(compressedStateJson(state)) as Compressed;
          const got = known[state.entityId] as Compressed;
          expect({ ...got, c: contextOf(got.c) }).toEqual({ ...truth, c: contextOf(truth.c) });
          expect(JSON.parse(stateJson(state))).toMatchObject({ state: got.s, attributes: got.a });
        }
        expect(Object.keys(known)).toHaveLength(states.size);
      }),
    );
  });

  it('writes microseconds only where there are any', () => {
    expect([isoTime(0), isoTime(1500), isoTime(1_795_427_708_620.293)]).toEqual([
      '1970-01-01T00:00:00+00:00',
      '1970-01-01T00:00:01.500000+00:00',
      expect.stringMatching(/^2026-11-23T09:55:08\.62029\d\+00:00$/),
    ]);
  });
});
