import { CorrelationEngine, PowerSample, SOLAR } from './engine';
import { HomeEvent } from './home-event';
import { secondPass } from './second-pass';
import { lastAnswers, replay } from './testing/replay';
import { samplesOf, seededRandom, syntheticHome } from './testing/synthetic-home';

const QUARTER_MS = 900_000;

/** On at odd quarters of an hour, off at even ones. */
function switching(entityId: string, hours: number, offsetMs = 0): HomeEvent[] {
  return Array.from({ length: hours * 4 - 1 }, (_, i) => ({
    eventId: `${entityId} ${i}`,
    entityId,
    atMs: (i + 1) * QUARTER_MS + offsetMs,
    state: i % 2 === 0 ? 'on' : 'off',
  }));
}

function isOn(s: number): boolean {
  return Math.floor(s / 900) % 2 === 1;
}

describe('circuits', () => {
  it('answers from the circuit, where two loads that always switch together can be told apart', () => {
    const samples: PowerSample[] = [];
    for (let s = 0; s < 6 * 3600; s += 10) {
      const [lightW, ovenW] = isOn(s) ? [60, 900] : [0, 0];
      samples.push({ atMs: s * 1000, powerW: 200 + lightW + ovenW });
      samples.push({ channel: 'lights', atMs: s * 1000, powerW: 10 + lightW });
      samples.push({ channel: 'kitchen', atMs: s * 1000, powerW: 30 + ovenW });
    }
    const events = [
      ...switching('light.a', 6),
      ...switching('switch.oven', 6),
      ...switching('switch.other', 6),
    ].sort((a, b) => a.atMs - b.atMs);
    const circuits = { 'light.a': 'lights', 'switch.oven': 'kitchen' };
    const answers = lastAnswers(replay(new CorrelationEngine({ circuits }), events, samples));
    expect(answers.size).toBe(events.length);
    const light = answers.get('light.a 20');
    expect(light?.channel).toBe('lights');
    expect(Math.abs((light?.deltaW ?? 0) - 60)).toBeLessThan(6);
    const oven = answers.get('switch.oven 20');
    expect(Math.abs((oven?.deltaW ?? 0) - 900)).toBeLessThan(30);
    // The two that are metered explain the step on the mains: nothing is left for the third.
    expect(answers.get('switch.other 20')).toMatchObject({ channel: 'mains', deltaW: null });
  });

  it('falls back to the mains while a circuit is silent', () => {
    const samples: PowerSample[] = [];
    for (let s = 0; s < 3 * 3600; s += 10) samples.push({ atMs: s * 1000, powerW: isOn(s) ? 260 : 200 });
    const engine = new CorrelationEngine({ circuits: { 'light.a': 'lights' } });
    const answers = lastAnswers(replay(engine, switching('light.a', 3), samples));
    expect(answers.get('light.a 8')).toMatchObject({ channel: 'mains', reason: null });
  });
});

describe('solar', () => {
  it('does not take clouds for loads when the inverter is known', () => {
    const random = seededRandom(5);
    const samples: PowerSample[] = [];
    let solarW = 2000;
    for (let s = 0; s < 8 * 3600; s += 10) {
      if (s % 120 === 0) solarW = 500 + 2500 * random();
      samples.push({ channel: SOLAR, atMs: s * 1000, powerW: solarW });
      samples.push({ atMs: s * 1000, powerW: (isOn(s) ? 360 : 200) - solarW });
    }
    const answers = lastAnswers(replay(new CorrelationEngine(), switching('switch.a', 8), samples));
    for (let i = 10; i < 30; i++) {
      const trueW = i % 2 === 0 ? 160 : -160;
      expect(Math.abs((answers.get(`switch.a ${i}`)?.deltaW ?? 0) - trueW)).toBeLessThan(10);
    }
  });
});

describe('slow loads', () => {
  it('finds a compressor that ramps up over minutes', () => {
    const samples: PowerSample[] = [];
    const rampS = 180;
    for (let s = 0; s < 20 * 3600; s += 10) {
      const inQuarter = s % 900;
      const rampedW = isOn(s) ? 1200 * Math.min(1, Math.max(0, (inQuarter - 40) / rampS)) : 0;
      samples.push({ atMs: s * 1000, powerW: 150 + rampedW });
    }
    const events = switching('climate.heat_pump', 20);
    const answers = lastAnswers(replay(new CorrelationEngine(), events, samples));
    const on = answers.get('climate.heat_pump 60');
    expect(Math.abs((on?.settled?.deltaW ?? 0) - 1200)).toBeLessThan(120);
    expect(Math.abs((on?.deltaW ?? 0) - 1200)).toBeLessThan(120);
    expect(on?.horizonS).toBe(300);
    const off = answers.get('climate.heat_pump 61');
    expect(Math.abs((off?.deltaW ?? 0) + 1200)).toBeLessThan(120);
  });
});

describe('brightness', () => {
  it('learns what a dimmed lamp draws', () => {
    const samples: PowerSample[] = [];
    const events: HomeEvent[] = [];
    const levels = [255, 128, 255, 0, 128, 0, 255, 0];
    const powerOf = (brightness: number): number => 80 * (brightness / 255) ** 1.6;
    for (let s = 0; s < 24 * 3600; s += 10) {
      const brightness = levels[Math.floor(s / 900) % levels.length] ?? 0;
      const former = levels[Math.floor((s - 900) / 900) % levels.length] ?? 0;
      samples.push({ atMs: s * 1000, powerW: 120 + powerOf(brightness) });
      if (s < 900 || s % 900 !== 0) continue;
      events.push({
        eventId: `${former}>${brightness} ${s}`,
        entityId: 'light.a',
        atMs: s * 1000,
        state: brightness > 0 ? 'on' : 'off',
        previousState: former > 0 ? 'on' : 'off',
        attributes: brightness > 0 ? { brightness } : {},
      });
    }
    const answers = [...lastAnswers(replay(new CorrelationEngine(), events, samples)).values()].slice(-16);
    for (const { eventId, estimateW } of answers) {
      const [former = 0, brightness = 0] = (eventId.split(' ')[0] ?? '').split('>').map(Number);
      expect(Math.abs((estimateW ?? 0) - (powerOf(brightness) - powerOf(former)))).toBeLessThan(6);
    }
  });
});

describe('checkSemantics', () => {
  const home = syntheticHome(7, 4);
  const means = samplesOf(home, 60);

  it('agrees with samples that are what they are declared to be', () => {
    const engine = new CorrelationEngine();
    replay(engine, home.events, means);
    expect(engine.checkSemantics()).toMatchObject({ declared: 'mean_stamped_at_end', agrees: true });
  });

  it('raises the alarm when means are declared instantaneous', () => {
    const engine = new CorrelationEngine();
    replay(
      engine,
      home.events,
      means.map((sample) => ({ ...sample, averagedOverS: 0 })),
    );
    expect(engine.checkSemantics()).toMatchObject({ detected: 'mean_stamped_at_end', agrees: false });
  });

  it('raises the alarm when means are stamped at their start', () => {
    const engine = new CorrelationEngine();
    replay(
      engine,
      home.events,
      means.map((sample) => ({ ...sample, atMs: sample.atMs - 60_000 })),
    );
    expect(engine.checkSemantics()).toMatchObject({ detected: 'mean_stamped_at_start', agrees: false });
  });
});

describe('secondPass', () => {
  it('answers the past again, once per event, with what was learned since', () => {
    const home = syntheticHome(8, 2);
    const samples = samplesOf(home, 60);
    const engine = new CorrelationEngine();
    const first = lastAnswers(replay(engine, home.events, samples));
    const second = [...secondPass(engine.learned(), home.events, samples)];
    expect(second.map(({ eventId }) => eventId).sort()).toEqual([...first.keys()].sort());
    const rightOf = (answers: Iterable<{ eventId: string; deltaW: number | null }>): number =>
      [...answers].filter(({ eventId, deltaW }) => {
        const trueW = home.truth.get(eventId) ?? 0;
        return trueW === 0
          ? deltaW === null
          : Math.abs((deltaW ?? 0) - trueW) <= Math.max(10, 0.2 * Math.abs(trueW));
      }).length;
    expect(rightOf(second)).toBeGreaterThan(rightOf(first.values()));
  });
});

describe('priors', () => {
  it('let a first event be told from the background', () => {
    const samples = (): PowerSample[] =>
      Array.from({ length: 360 }, (_, i) => ({ atMs: i * 10_000, powerW: i < 180 ? 100 : 108 }));
    const event = { entityId: 'switch.radio', atMs: 1_800_000, state: 'on', previousState: 'off' };
    const probabilityWith = (priors: Record<string, { powerW: number; sdW: number }>): number => {
      const engine = new CorrelationEngine({ priors, thresholdW: 5 });
      for (const sample of samples()) engine.addSample(sample);
      engine.addEvent(event);
      return engine.advance(2_400_000)[0]?.probability ?? 0;
    };
    expect(probabilityWith({ 'switch.radio': { powerW: 8, sdW: 1 } })).toBeGreaterThan(
      probabilityWith({}) + 0.1,
    );
  });
});
