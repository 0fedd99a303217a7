import fc from 'fast-check';
import { Attribution } from './attribution';
import { CorrelationEngine, MAINS, PowerSample, SOLAR } from './engine';
import { HomeEvent } from './home-event';
import { lastAnswers, replay } from './testing/replay';
import { samplesOf, syntheticHome } from './testing/synthetic-home';

const HOUR_MS = 3_600_000;

/** One lamp of 60 W that goes on and off every quarter of an hour; samples every 10 s. */
function lampHome(hours: number): { events: HomeEvent[]; samples: PowerSample[] } {
  const events: HomeEvent[] = [];
  const samples: PowerSample[] = [];
  for (let s = 0; s < hours * 3600; s += 10) {
    const on = Math.floor(s / 900) % 2 === 1;
    samples.push({ atMs: s * 1000, powerW: 100 + (on ? 60 : 0) + ((s / 10) % 3) });
    if (s > 0 && s % 900 === 0)
      events.push({ entityId: 'light.lamp', atMs: s * 1000 - 500, state: on ? 'on' : 'off' });
  }
  return { events, samples };
}

function numbersOf(answer: Attribution): number[] {
  return Object.values(answer).filter((value): value is number => typeof value === 'number');
}

describe('CorrelationEngine', () => {
  it('attributes a lamp, with its expected change, and explains a change of nothing', () => {
    const { events, samples } = lampHome(6);
    const innocent: HomeEvent[] = events.map(({ atMs }) => ({
      entityId: 'switch.virtual',
      atMs: atMs + 300_000,
      state: 'toggled',
    }));
    const engine = new CorrelationEngine();
    const all = [...events, ...innocent].sort((a, b) => a.atMs - b.atMs);
    const answers = [...lastAnswers(replay(engine, all, samples)).values()];
    const lamp = answers.filter(({ entityId, state }) => entityId === 'light.lamp' && state === 'on').at(-1);
    expect(lamp?.deltaW).toBeGreaterThan(50);
    expect(lamp?.deltaW).toBeLessThan(70);
    expect(lamp?.expectedW).toBeGreaterThan(50);
    expect(lamp).toMatchObject({ reason: null, provisional: false, channel: MAINS, previousState: 'off' });
    const last = answers.filter(({ entityId }) => entityId === 'switch.virtual').at(-1);
    expect(last).toMatchObject({ deltaW: null, reason: 'no_effect_learned' });
    const learned = engine.effects().find(({ entityId }) => entityId === 'light.lamp');
    expect(learned?.powers[0]?.powerW).toBeGreaterThan(55);
    expect(learned?.powers[0]?.powerW).toBeLessThan(65);
  });

  it('answers every event once per revision and ends with one final answer', () => {
    const home = syntheticHome(3, 1);
    const answers = replay(new CorrelationEngine(), home.events, samplesOf(home, 10));
    const revisions = new Map<string, number>();
    const finals = new Map<string, number>();
    for (const { eventId, revision, provisional } of answers) {
      expect(revision).toBe((revisions.get(eventId) ?? 0) + 1);
      expect(finals.has(eventId)).toBe(false);
      revisions.set(eventId, revision);
      if (!provisional) finals.set(eventId, revision);
    }
    expect(new Set(finals.keys())).toEqual(new Set(home.events.map(({ eventId }) => eventId)));
  });

  it('goes on from a saved state exactly as if it had never stopped', () => {
    const home = syntheticHome(4, 1);
    const samples = samplesOf(home, 10);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 23 }),
        fc.constantFrom(10_000, 45_000, 61_000),
        (hour, offsetMs) => {
          const cutMs = hour * HOUR_MS + offsetMs;
          const straight = new CorrelationEngine();
          let broken = new CorrelationEngine();
          const expected: Attribution[] = [];
          const seen: Attribution[] = [];
          let restarted = false;
          let e = 0;
          let s = 0;
          for (let nowMs = 0; nowMs <= cutMs + HOUR_MS; nowMs += 60_000) {
            if (!restarted && nowMs > cutMs) {
              broken = CorrelationEngine.restore(JSON.parse(JSON.stringify(broken.save())));
              restarted = true;
            }
            for (; s < samples.length && (samples[s]?.atMs ?? Infinity) <= nowMs; s++) {
              straight.addSample(samples[s] as PowerSample);
              broken.addSample(samples[s] as PowerSample);
            }
            for (; e < home.events.length && (home.events[e]?.atMs ?? Infinity) <= nowMs; e++) {
              straight.addEvent(home.events[e] as HomeEvent);
              broken.addEvent(home.events[e] as HomeEvent);
            }
            expected.push(...straight.advance(nowMs));
            seen.push(...broken.advance(nowMs));
          }
          expect(seen).toEqual(expected);
        },
      ),
      { numRuns: 6 },
    );
  });

  it('goes on after a rename as if the entity had always had its new name', () => {
    const home = syntheticHome(4, 1);
    const samples = samplesOf(home, 10);
    const [from = ''] = home.events.map(({ entityId }) => entityId).filter((id) => id.startsWith('light.'));
    const to = `${from}_renamed`;
    const named = (event: HomeEvent, name: string): HomeEvent => {
      const entityId = event.entityId === from ? name : event.entityId;
      return { ...event, entityId, eventId: `${entityId}@${event.atMs}` };
    };
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 1380 }), (renamedAtMinute) => {
        const straight = new CorrelationEngine();
        const renamed = new CorrelationEngine();
        const finals: [Attribution[], Attribution[]] = [[], []];
        let s = 0;
        let e = 0;
        for (let nowMs = 0; nowMs <= 25 * HOUR_MS; nowMs += 60_000) {
          const isRenamed = nowMs > renamedAtMinute * 60_000;
          if (nowMs === renamedAtMinute * 60_000) renamed.renameEntity(from, to);
          for (; s < samples.length && (samples[s]?.atMs ?? Infinity) <= nowMs; s++) {
            straight.addSample(samples[s] as PowerSample);
            renamed.addSample(samples[s] as PowerSample);
          }
          for (; e < home.events.length && (home.events[e]?.atMs ?? Infinity) <= nowMs; e++) {
            const event = home.events[e] as HomeEvent;
            straight.addEvent(named(event, to));
            renamed.addEvent(named(event, isRenamed || nowMs === renamedAtMinute * 60_000 ? to : from));
          }
          finals[0].push(...straight.advance(nowMs));
          finals[1].push(...renamed.advance(nowMs));
        }
        expect(finals[1].map(withName)).toEqual(finals[0]);
        expect(renamed.effects()).toEqual(straight.effects());
        expect(JSON.stringify(renamed.save())).not.toContain(`"${from}"`);
      }),
      { numRuns: 6 },
    );

    /** As it would have been told under the new name. */
    function withName(answer: Attribution): Attribution {
      const text = JSON.stringify(answer)
        .replaceAll(`"${from}"`, `"${to}"`)
        .replaceAll(`"${from}@`, `"${to}@`);
      return JSON.parse(text) as Attribution;
    }
  });

  it('gives the same final answers whatever the order of arrival within the lateness', () => {
    const home = syntheticHome(5, 0.5);
    const samples = samplesOf(home, 10);
    const inOrder = lastAnswers(replay(new CorrelationEngine(), home.events, samples));
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 240_000 }), { minLength: 64, maxLength: 64 }),
        (delays) => {
          const arrivals = [
            ...samples.map((sample, i) => ({
              atMs: sample.atMs + (i % 7 === 0 ? (delays[i % 64] ?? 0) : 0),
              sample,
            })),
            ...home.events.map((event, i) => ({
              atMs: event.atMs + (i % 3 === 0 ? (delays[i % 61] ?? 0) : 0),
              event,
            })),
          ].sort((a, b) => a.atMs - b.atMs);
          const engine = new CorrelationEngine();
          const answers: Attribution[] = [];
          let next = 0;
          for (let nowMs = 0; nowMs <= home.lengthS * 1000 + 300_000; nowMs += 60_000) {
            for (; next < arrivals.length && (arrivals[next]?.atMs ?? Infinity) <= nowMs; next++) {
              const arrival = arrivals[next];
              if (arrival && 'sample' in arrival) engine.addSample(arrival.sample);
              else if (arrival) engine.addEvent(arrival.event);
            }
            answers.push(...engine.advance(nowMs));
          }
          answers.push(...engine.advance(home.lengthS * 1000 + 86_400_000));
          const late = lastAnswers(answers);
          expect(late.size).toBe(inOrder.size);
          for (const [eventId, answer] of inOrder) {
            expect({ ...late.get(eventId), revision: 0 }).toEqual({ ...answer, revision: 0 });
          }
        },
      ),
      { numRuns: 5 },
    );
  });

  it('revises an answer that was given before its power came', () => {
    const { events, samples } = lampHome(3);
    const engine = new CorrelationEngine();
    const cutMs = 2 * HOUR_MS + 20_000;
    for (const event of events) if (event.atMs <= cutMs) engine.addEvent(event);
    for (const sample of samples) if (sample.atMs < 2 * HOUR_MS - 5000) engine.addSample(sample);
    const first = lastAnswers(engine.advance(2 * HOUR_MS + 90_000)).get(`light.lamp@${2 * HOUR_MS - 500}`);
    expect(first).toMatchObject({ deltaW: null, reason: 'no_samples', provisional: true, revision: 1 });
    for (const sample of samples) {
      if (sample.atMs >= 2 * HOUR_MS - 5000 && sample.atMs < 2 * HOUR_MS + 120_000) engine.addSample(sample);
    }
    const second = lastAnswers(engine.advance(2 * HOUR_MS + 120_000)).get(`light.lamp@${2 * HOUR_MS - 500}`);
    expect(second?.revision).toBe(2);
    expect(second?.estimateW).toBeLessThan(-45);
  });

  it('takes a corrected sample and revises what it touches', () => {
    const { events, samples } = lampHome(4);
    const engine = new CorrelationEngine();
    const untilMs = 3.5 * HOUR_MS - 1;
    for (const event of events) if (event.atMs <= untilMs) engine.addEvent(event);
    const lastOn = events.filter(({ atMs, state }) => atMs <= untilMs && state === 'on').at(-1) as HomeEvent;
    for (const sample of samples) {
      if (sample.atMs > untilMs) continue;
      const wrong = sample.atMs > lastOn.atMs && sample.atMs < lastOn.atMs + 60_000;
      engine.addSample(wrong ? { ...sample, powerW: (sample.powerW ?? 0) + 900 } : sample);
    }
    const nowMs = lastOn.atMs + 90_000;
    const before = lastAnswers(engine.advance(nowMs)).get(`light.lamp@${lastOn.atMs}`);
    for (const sample of samples) if (Math.abs(sample.atMs - lastOn.atMs) < 70_000) engine.addSample(sample);
    const after = lastAnswers(engine.advance(nowMs)).get(`light.lamp@${lastOn.atMs}`);
    expect(before?.provisional).toBe(true);
    expect(after?.revision).toBe((before?.revision ?? 0) + 1);
    expect(Math.abs((after?.estimateW ?? 0) - 60)).toBeLessThan(8);
  });

  it('never gives a number that is not finite, whatever comes in', () => {
    const event = fc.record({
      entityId: fc.constantFrom('light.a', 'switch.b', 'climate.c', 'x'),
      atMs: fc.integer({ min: 0, max: 3_000_000 }),
      state: fc.oneof(fc.constantFrom('on', 'off', 'heat', '', 'unavailable'), fc.anything()),
      previousState: fc.oneof(fc.constantFrom('on', 'off', ''), fc.anything()),
      attributes: fc.oneof(
        fc.constant({}),
        fc.record({ brightness: fc.oneof(fc.integer({ min: -5, max: 300 }), fc.constant(NaN)) }),
        fc.record({ temperature: fc.double() }),
      ),
    });
    const sample = fc.record({
      channel: fc.constantFrom(MAINS, SOLAR, 'kitchen'),
      atMs: fc.oneof(fc.integer({ min: 0, max: 3_000_000 }), fc.constant(NaN)),
      powerW: fc.oneof(fc.double({ min: -1e6, max: 1e6 }), fc.constantFrom(NaN, Infinity, null, 0, 1e9)),
      averagedOverS: fc.constantFrom(0, 10, 60, NaN, -5),
    });
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 40 }),
        fc.array(sample, { maxLength: 200 }),
        fc.array(fc.integer({ min: 0, max: 3_600_000 }), { maxLength: 6 }),
        (events, samples, clock) => {
          const engine = new CorrelationEngine({ circuits: { 'light.a': 'kitchen' } });
          const answers: Attribution[] = [];
          samples.forEach((one, i) => {
            engine.addSample(one);
            const next = events[i];
            if (next) engine.addEvent(next);
            const nowMs = clock[Math.floor(i / 40)];
            if (i % 40 === 39 && nowMs !== undefined) answers.push(...engine.advance(nowMs));
          });
          answers.push(...engine.advance(100_000_000));
          for (const answer of answers) {
            expect(numbersOf(answer).every(Number.isFinite)).toBe(true);
            expect(answer.probability).toBeGreaterThanOrEqual(0);
            expect(answer.probability).toBeLessThanOrEqual(1 + 1e-9);
            expect(answer.confidence).toBeGreaterThanOrEqual(0);
            expect(answer.confidence).toBeLessThanOrEqual(1 + 1e-9);
            expect(answer.deltaW === null).toBe(answer.reason !== null);
          }
          expect(JSON.stringify(engine.save())).not.toContain('null,null,null');
        },
      ),
      { numRuns: 60 },
    );
  });

  it('holds no more the longer it runs', () => {
    const sizes: number[] = [];
    for (const days of [7, 14]) {
      const home = syntheticHome(6, days);
      const engine = new CorrelationEngine();
      replay(engine, home.events, samplesOf(home, 60));
      sizes.push(JSON.stringify(engine.save()).length);
    }
    expect(sizes[1]).toBeLessThan((sizes[0] ?? 0) * 1.3);
  });

  it('forgets the longest unheard of entity first', () => {
    const engine = new CorrelationEngine({ maxEntities: 3 });
    for (let i = 0; i < 8; i++) engine.addEvent({ entityId: `switch.s${i}`, atMs: i * 100_000, state: 'on' });
    engine.advance(10_000_000);
    const entities = new Set(engine.effects().map(({ entityId }) => entityId));
    expect([...entities].sort()).toEqual(['switch.s5', 'switch.s6', 'switch.s7']);
  });
});
