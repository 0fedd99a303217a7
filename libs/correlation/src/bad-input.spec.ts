import { CorrelationEngine, PowerSample } from './engine';
import { HomeEvent, readState } from './home-event';
import { lastAnswers, replay } from './testing/replay';

const HOUR_MS = 3_600_000;

function steadySamples(hours: number, levelAtW: (s: number) => number): PowerSample[] {
  const samples: PowerSample[] = [];
  for (let s = 0; s < hours * 3600; s += 5) samples.push({ atMs: s * 1000, powerW: levelAtW(s) + (s % 2) });
  return samples;
}

describe('readState', () => {
  it.each([
    ['on', 'on'],
    [' ON ', 'on'],
    [true, 'on'],
    [false, 'off'],
    [21.5, '21.5'],
    [{ state: 'off', attributes: { brightness: 3 } }, 'off'],
    [{ new_state: { state: 'heat' } }, 'heat'],
    ['{"state": "on", "attributes": {"brightness": 120}}', 'on'],
    ["{'entity_id': 'light.a', 'state': 'off', 'attributes': {'x': None}}", 'off'],
  ])('reads %j as %s', (raw, state) => {
    expect(readState(raw)?.state).toBe(state);
  });

  it.each([[''], ['  '], [null], [undefined], [NaN], [[]], [{}], ['{"a": 1}'], ['{nonsense'], [() => 1]])(
    'finds no state in %j',
    (raw) => {
      expect(readState(raw)).toBeNull();
    },
  );

  it('keeps the attributes of a state object', () => {
    expect(readState('{"state": "on", "attributes": {"brightness": 120}}')?.attributes).toEqual({
      brightness: 120,
    });
  });
});

describe('bad input', () => {
  it('says what became of each event', () => {
    const engine = new CorrelationEngine();
    engine.advance(10 * HOUR_MS);
    const on = { entityId: 'light.a', state: 'on' };
    expect(engine.addEvent({ ...on, atMs: 10 * HOUR_MS })).toBe('accepted');
    expect(engine.addEvent({ ...on, atMs: 10 * HOUR_MS })).toBe('duplicate');
    expect(engine.addEvent({ ...on, atMs: 10 * HOUR_MS + 60_000 })).toBe('accepted');
    expect(engine.addEvent({ ...on, atMs: 11 * HOUR_MS })).toBe('future');
    expect(engine.addEvent({ ...on, atMs: 9 * HOUR_MS })).toBe('too_late');
    expect(engine.addEvent({ ...on, atMs: NaN })).toBe('malformed');
    expect(engine.addEvent({ ...on, entityId: '', atMs: 10 * HOUR_MS })).toBe('malformed');
    expect(engine.addEvent({ ...on, atMs: 10 * HOUR_MS + 1, state: { no: 'state' } })).toBe('malformed');
  });

  it('knows an event again after it has been answered', () => {
    const engine = new CorrelationEngine();
    const event = { eventId: 'a', entityId: 'light.a', state: 'on', atMs: 1000 };
    engine.addEvent(event);
    expect(engine.advance(120_000)).toHaveLength(1);
    expect(engine.addEvent(event)).toBe('duplicate');
    expect(engine.advance(180_000)).toHaveLength(0);
  });

  it('learns the same from dict-like states and empty previous states as from plain ones', () => {
    const level = (s: number): number => 100 + (Math.floor(s / 600) % 2 === 1 ? 80 : 0);
    const samples = steadySamples(6, level);
    const events = Array.from({ length: 35 }, (_, i): HomeEvent => {
      const state = i % 2 === 0 ? 'on' : 'off';
      const shape = i % 3 === 0 ? { state, attributes: {} } : i % 3 === 1 ? `{'state': '${state}'}` : state;
      return { entityId: 'light.a', atMs: (i + 1) * 600_000 - 300, state: shape, previousState: '' };
    });
    const engine = new CorrelationEngine();
    const answers = [...lastAnswers(replay(engine, events, samples)).values()];
    expect(
      answers
        .slice(4)
        .every(({ deltaW, state }) => Math.abs((deltaW ?? 0) - (state === 'on' ? 80 : -80)) < 8),
    ).toBe(true);
  });

  it('answers ten thousand events in one second, each once, without guessing', () => {
    const engine = new CorrelationEngine();
    for (const sample of steadySamples(1, () => 100)) engine.addSample(sample);
    for (let i = 0; i < 10_000; i++) {
      const event = {
        entityId: `switch.s${i % 500}`,
        atMs: 1_800_000 + (i % 1000),
        state: i % 2 ? 'on' : 'off',
      };
      expect(engine.addEvent({ ...event, eventId: `e${i}` })).toBe('accepted');
    }
    const answers = engine.advance(3_600_000);
    expect(lastAnswers(answers).size).toBe(10_000);
    expect(answers.filter(({ deltaW }) => deltaW !== null)).toHaveLength(0);
    expect(engine.effects().every(({ powers }) => powers.length === 0)).toBe(true);
  });

  it('refuses more events than it can hold', () => {
    const engine = new CorrelationEngine();
    let outcome = '';
    for (let i = 0; i < 50_001; i++)
      outcome = engine.addEvent({ entityId: 'switch.a', atMs: i * 1000, state: 'on' });
    expect(outcome).toBe('overloaded');
  });

  it('ignores samples that are no number, and takes duplicates once', () => {
    const engine = new CorrelationEngine();
    for (const sample of steadySamples(1, (s) => (s >= 1800 ? 180 : 100))) {
      engine.addSample(sample);
      engine.addSample(sample);
      engine.addSample({ atMs: sample.atMs + 1, powerW: NaN });
      engine.addSample({ atMs: sample.atMs + 1, powerW: null });
    }
    engine.addEvent({ entityId: 'light.a', atMs: 1_800_000, state: 'on', previousState: 'off' });
    const [answer] = engine.advance(2_000_000);
    expect(Math.abs((answer?.estimateW ?? 0) - 80)).toBeLessThan(5);
    expect(engine.save().timelines[0]?.samples.atMs).toHaveLength(720);
  });

  it('carries what it learned over to a new name', () => {
    const level = (s: number): number => 100 + (Math.floor(s / 600) % 2 === 1 ? 80 : 0);
    const events = Array.from({ length: 30 }, (_, i): HomeEvent => ({
      entityId: 'light.a',
      atMs: (i + 1) * 600_000 - 300,
      state: i % 2 === 0 ? 'on' : 'off',
    }));
    const engine = new CorrelationEngine();
    replay(engine, events, steadySamples(5.2, level));
    engine.renameEntity('light.a', 'light.ceiling');
    expect(engine.effects().map(({ entityId }) => entityId)).toEqual(['light.ceiling']);
    const next = new CorrelationEngine({ learned: engine.learned() });
    for (const sample of steadySamples(1, (s) => (s >= 1800 ? 180 : 100))) next.addSample(sample);
    next.addEvent({ entityId: 'light.ceiling', atMs: 1_800_000, state: 'on', previousState: 'off' });
    expect(next.advance(2_000_000)[0]?.expectedW).toBeGreaterThan(70);
  });

  it('does not go on from a state of another version', () => {
    const state = { ...new CorrelationEngine().save(), version: 2 as unknown as 1 };
    expect(() => CorrelationEngine.restore(state)).toThrow('version is 2');
  });
});
