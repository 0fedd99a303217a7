import * as fc from 'fast-check';
import { applyStateDiff, instantOfSeconds, parseCompressedState } from './compressed-state';

interface FullState {
  state: string;
  attributes: Record<string, unknown>;
  changedS: number;
  updatedS: number;
}

/** As Home Assistant sends a state whole. */
const compressed = ({ state, attributes, changedS, updatedS }: FullState) => ({
  s: state,
  a: attributes,
  c: '01J',
  lc: changedS,
  ...(updatedS === changedS ? {} : { lu: updatedS }),
});

/** As Home Assistant sends what is new. */
function diff(before: FullState, after: FullState): Record<string, unknown> {
  const added = Object.fromEntries(
    Object.entries(after.attributes).filter(
      ([name, value]) => JSON.stringify(before.attributes[name]) !== JSON.stringify(value),
    ),
  );
  const removed = Object.keys(before.attributes).filter((name) => !(name in after.attributes));
  return {
    '+': {
      ...(before.state === after.state ? {} : { s: after.state }),
      ...(before.changedS !== after.changedS
        ? { lc: after.changedS }
        : before.updatedS !== after.updatedS
          ? { lu: after.updatedS }
          : {}),
      ...(Object.keys(added).length === 0 ? {} : { a: added }),
    },
    ...(removed.length === 0 ? {} : { '-': { a: removed } }),
  };
}

const step = fc.record({
  state: fc.constantFrom('1', '2.5', 'unavailable', ''),
  attributes: fc.dictionary(
    fc.constantFrom('unit_of_measurement', 'device_class', 'brightness', 'x'),
    fc.oneof(fc.constant(null), fc.integer(), fc.string(), fc.array(fc.integer(), { maxLength: 3 })),
  ),
  afterUs: fc.integer({ min: 1, max: 5_000_000 }),
});

describe('applyStateDiff', () => {
  it('arrives at every state that was gone through', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
        let nowUs = 1_763_633_472_123_456;
        let full: FullState = { state: '0', attributes: {}, changedS: nowUs / 1e6, updatedS: nowUs / 1e6 };
        let applied = parseCompressedState('sensor.x', compressed(full));
        for (const { state, attributes, afterUs } of steps) {
          nowUs += afterUs;
          const updatedS = nowUs / 1e6;
          const next = {
            state,
            attributes,
            changedS: state === full.state ? full.changedS : updatedS,
            updatedS,
          };
          applied = applyStateDiff(applied, JSON.parse(JSON.stringify(diff(full, next))));
          full = next;
          expect(applied).toEqual(parseCompressedState('sensor.x', compressed(full)));
          expect(applied.lastUpdatedAt).toEqual(new Date(Math.floor(nowUs / 1000)));
        }
      }),
    );
  });

  it('knows nothings, and removals alone', () => {
    const before = parseCompressedState('sensor.x', { s: '1', a: { unit: 'W', x: 1 }, lc: 1, lu: 2 });
    expect(applyStateDiff(before, {})).toEqual(before);
    expect(applyStateDiff(before, { '+': {} })).toEqual(before);
    expect(applyStateDiff(before, { '+': { c: { user_id: 'u' } } })).toEqual(before);
    expect(applyStateDiff(before, { '-': { a: ['x', 'y'] } }).attributes).toEqual({ unit: 'W' });
    expect(before.attributes).toEqual({ unit: 'W', x: 1 });
  });

  it.each([
    17,
    { '+': 1 },
    { '+': { s: 5 } },
    { '+': { lc: 'now' } },
    { '+': { a: [] } },
    { '-': { a: 'x' } },
    { '-': { a: [1] } },
  ])('refuses %j', (lie) => {
    const before = parseCompressedState('sensor.x', { s: '1', a: {}, lc: 1 });
    expect(() => applyStateDiff(before, lie)).toThrow(
      expect.objectContaining({ code: 'malformed_response' }),
    );
  });
});

describe('parseCompressedState', () => {
  it.each([
    null,
    [],
    { a: {}, lc: 1 },
    { s: 1, a: {}, lc: 1 },
    { s: '1', a: 'x', lc: 1 },
    { s: '1', a: {} },
    { s: '1', a: {}, lc: 1, lu: 'x' },
  ])('refuses %j', (lie) => {
    expect(() => parseCompressedState('sensor.x', lie)).toThrow(
      expect.objectContaining({ code: 'malformed_response' }),
    );
  });
});

describe('instantOfSeconds', () => {
  it('is the instant that the same time has as text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000_000_000 }), (us) => {
        const fraction = String(us % 1_000_000).padStart(6, '0');
        const whole = new Date(Math.floor(us / 1e6) * 1000).toISOString().slice(0, 19);
        expect(instantOfSeconds(us / 1e6)).toEqual(new Date(`${whole}.${fraction}+00:00`));
      }),
    );
  });
});
