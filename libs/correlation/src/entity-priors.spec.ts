import { CorrelationEngine, PowerSample } from './engine';
import { EntityPrior } from './domain-priors';
import { HomeEvent } from './home-event';
import { lastAnswers, replay } from './testing/replay';
import { seededRandom } from './testing/synthetic-home';

const LAMP = 'light.lamp';
const LAMP_W = 24;
const EVERY_S = 10;

/** A lamp behind the coming and going of loads that nobody tells of: steps of up to 60 W about every two minutes. */
function noisyHome(seed: number, switches: number): { events: HomeEvent[]; samples: PowerSample[] } {
  const random = seededRandom(seed);
  const events: HomeEvent[] = [];
  const samples: PowerSample[] = [];
  let hiddenW = 0;
  for (let s = 0; s < (switches + 1) * 1800; s += EVERY_S) {
    if (random() < EVERY_S / 120) hiddenW = 60 * random();
    const isOn = Math.floor(s / 1800) % 2 === 1;
    samples.push({ atMs: s * 1000, powerW: 200 + hiddenW + (isOn ? LAMP_W : 0) + 6 * (random() - 0.5) });
    if (s > 0 && s % 1800 === 0)
      events.push({
        entityId: LAMP,
        atMs: s * 1000 - 500,
        state: isOn ? 'on' : 'off',
        previousState: isOn ? 'off' : 'on',
      });
  }
  return { events, samples };
}

/** What the first event is said to have done: mean error of the estimate over many homes, W. */
function firstErrorW(prior: EntityPrior | null): number {
  const seeds = Array.from({ length: 60 }, (_, seed) => seed + 1);
  const errors = seeds.map((seed) => {
    const { events, samples } = noisyHome(seed, 1);
    const engine = new CorrelationEngine(prior === null ? {} : { priors: { [LAMP]: prior } });
    const [answer] = [...lastAnswers(replay(engine, events, samples)).values()];
    return Math.abs((answer?.estimateW ?? 0) - LAMP_W);
  });
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

describe('the prior of an entity', () => {
  it('makes the first event of a lamp behind a noisy home better known', () => {
    const without = firstErrorW(null);
    const withRight = firstErrorW({ powerW: LAMP_W, sdW: 4 });
    expect(withRight).toBeLessThan(0.7 * without);
  });

  it('is overcome by evidence where it is wrong', () => {
    const { events, samples } = noisyHome(7, 60);
    const learned = (prior: EntityPrior | null) => {
      const engine = new CorrelationEngine(prior === null ? {} : { priors: { [LAMP]: prior } });
      const answers = [...lastAnswers(replay(engine, events, samples)).values()];
      return answers.slice(-20).map(({ expectedW }) => Math.abs(expectedW ?? 0));
    };
    for (const powerW of learned({ powerW: 90, sdW: 5 })) expect(Math.abs(powerW - LAMP_W)).toBeLessThan(6);
    for (const powerW of learned(null)) expect(Math.abs(powerW - LAMP_W)).toBeLessThan(6);
  });

  it('can come later, and leaves what was learned', () => {
    const { events, samples } = noisyHome(3, 20);
    const engine = new CorrelationEngine();
    replay(engine, events, samples);
    const before = engine.effects();
    engine.setPriors({ [LAMP]: { powerW: 90 } });
    expect(engine.effects()).toEqual(before);
    const fresh = new CorrelationEngine();
    fresh.setPriors({ [LAMP]: { powerW: LAMP_W, sdW: 4 } });
    const given = new CorrelationEngine({ priors: { [LAMP]: { powerW: LAMP_W, sdW: 4 } } });
    expect(replay(fresh, events, samples)).toEqual(replay(given, events, samples));
  });
});
