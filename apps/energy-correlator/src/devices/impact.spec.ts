import { Answer } from '../correlation/answer';
import { impactOf, rangeOf } from './impact';
import { segments } from './on-time';
import { flatTariff } from './tariff';

const HOUR_MS = 3_600_000;

function answer(change: Partial<Answer> & Pick<Answer, 'atMs' | 'state'>): Answer {
  return {
    id: change.atMs,
    eventId: `e@${change.atMs}`,
    entityId: 'light.a',
    domain: 'light',
    previousState: change.state === 'off' ? 'on' : 'off',
    channel: 'mains',
    deltaW: null,
    estimateW: null,
    sdW: change.deltaW === undefined ? null : 2,
    probability: 1,
    confidence: 0.9,
    reason: null,
    beforeW: 200,
    afterW: 200,
    expectedW: null,
    expectedSdW: null,
    horizonS: 28,
    levelTenths: null,
    coEvents: [],
    revision: 1,
    provisional: false,
    pass: 'live',
    writtenAtMs: 0,
    ...change,
  };
}

const noTrace = { tariff: flatTariff(0.5), trace: () => [] };

describe('impactOf', () => {
  it('pairs events, and counts what lies within the period', () => {
    const answers = [
      answer({ atMs: -HOUR_MS, state: 'on', deltaW: 100 }),
      answer({ atMs: HOUR_MS, state: 'off', deltaW: -100 }),
      answer({ atMs: 2 * HOUR_MS, state: 'on', deltaW: 102 }),
    ];
    const impact = impactOf(answers, { fromMs: 0, toMs: 4 * HOUR_MS }, noTrace);
    expect(impact).toMatchObject({ events: 2, attributedEvents: 2, switchedOn: 1, onTimeS: 3 * 3600 });
    expect(impact.energyKwh).toBeCloseTo(0.3, 2);
    expect(impact.cost).toBeCloseTo(impact.energyKwh * 0.5, 9);
    expect(impact.states).toMatchObject([{ state: 'on', onTimeS: 3 * 3600 }]);
  });

  it('follows the levels of a lamp up and down', () => {
    const answers = [
      answer({ atMs: 0, state: 'on', deltaW: 20, levelTenths: 3 }),
      answer({ atMs: HOUR_MS, state: 'on', previousState: 'on', deltaW: 60, levelTenths: 10 }),
      answer({ atMs: 2 * HOUR_MS, state: 'off', deltaW: -80 }),
    ];
    const { energyKwh, states } = impactOf(answers, { fromMs: 0, toMs: 3 * HOUR_MS }, noTrace);
    expect(energyKwh).toBeCloseTo(0.1, 3);
    expect(states.map(({ levelTenths, power }) => [levelTenths, Math.round(power?.powerW ?? 0)])).toEqual([
      [3, 20],
      [10, 80],
    ]);
  });

  it('says what it does not know instead of counting it as nothing', () => {
    const answers = [answer({ atMs: 0, state: 'on' }), answer({ atMs: HOUR_MS, state: 'off' })];
    const impact = impactOf(answers, { fromMs: 0, toMs: HOUR_MS }, noTrace);
    expect(impact).toMatchObject({ onTimeS: 3600, onTimeWithoutPowerS: 3600, energyKwh: 0 });
    expect(impact.states[0]?.power).toBeNull();
  });

  it('says which energy has no price, and no cost where none of it has one', () => {
    const answers = [
      answer({ atMs: 0, state: 'on', deltaW: 100 }),
      answer({ atMs: 4 * HOUR_MS, state: 'off', deltaW: -100 }),
    ];
    const tariff = {
      priceAt: (atMs: number) => (atMs < HOUR_MS ? null : 0.5),
      holdsUntilMs: (atMs: number) => (atMs < HOUR_MS ? HOUR_MS : Infinity),
    };
    const during = (toMs: number) => impactOf(answers, { fromMs: 0, toMs }, { tariff, trace: () => [] });
    const whole = during(4 * HOUR_MS);
    expect(whole.cost).toBeCloseTo(0.15, 3);
    expect(whole.energyWithoutPriceKwh).toBeCloseTo(0.1, 3);
    expect(during(HOUR_MS)).toMatchObject({ cost: null });
    expect(during(HOUR_MS).energyWithoutPriceKwh).toBeCloseTo(0.1, 3);
  });

  it('takes what is typical where the events around a stretch say nothing', () => {
    const answers = [
      answer({ atMs: 0, state: 'on', deltaW: 50 }),
      answer({ atMs: HOUR_MS, state: 'off', deltaW: -50 }),
      answer({ atMs: 2 * HOUR_MS, state: 'on' }),
      answer({ atMs: 3 * HOUR_MS, state: 'off' }),
    ];
    const { energyKwh } = impactOf(answers, { fromMs: 0, toMs: 3 * HOUR_MS }, noTrace);
    expect(energyKwh).toBeCloseTo(0.1, 3);
  });

  it('counts a load that switches by itself only while the home draws enough for it', () => {
    const answers = [
      answer({ atMs: 0, state: 'on', deltaW: 2000, sdW: 20 }),
      answer({ atMs: HOUR_MS, state: 'off', deltaW: null, reason: 'below_noise' }),
    ];
    const trace = () =>
      Array.from({ length: 60 }, (_, minute) => ({
        atMs: minute * 60_000,
        powerW: minute % 4 === 0 ? 2200 : 200,
      }));
    const impact = impactOf(answers, { fromMs: 0, toMs: HOUR_MS }, { tariff: null, trace });
    expect(impact.drawingTimeS).toBeCloseTo(900, 0);
    expect(impact.energyKwh).toBeCloseTo(0.5, 2);
    expect(impact.cost).toBeNull();
  });

  it('is not led by a step that the load did not make', () => {
    const answers = [
      answer({ atMs: 0, state: 'on', deltaW: 2260, sdW: 70 }),
      answer({ atMs: HOUR_MS, state: 'off', deltaW: -36, sdW: 4 }),
      answer({ atMs: 2 * HOUR_MS, state: 'on', deltaW: 2255, sdW: 70 }),
      answer({ atMs: 3 * HOUR_MS, state: 'off', deltaW: -2262, sdW: 60 }),
    ];
    const { states } = impactOf(answers, { fromMs: 0, toMs: 3 * HOUR_MS }, noTrace);
    expect(states[0]?.power?.powerW).toBeCloseTo(2260, -1);
  });

  it('never tells a range below nothing', () => {
    expect(rangeOf({ powerW: 10, scatterW: 20, sdW: 5, count: 3 })).toEqual({
      lowW: 0,
      highW: expect.any(Number) as number,
    });
  });
});

describe('segments', () => {
  it('do not begin anew when an attribute changes and the power does not', () => {
    const answers = [
      answer({ atMs: 0, state: 'heating' }),
      answer({ atMs: 1000, state: 'heating', previousState: 'heating' }),
      answer({ atMs: 5000, state: 'idle' }),
    ];
    expect([...segments(answers, 9000)].map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([[0, 5000]]);
  });

  it('last until now when nothing has ended them, and not beyond', () => {
    const [open] = segments([answer({ atMs: 1000, state: 'on' })], 4000);
    expect(open).toMatchObject({ fromMs: 1000, toMs: 4000, ended: null, startsRun: true, endsRun: false });
    expect([...segments([answer({ atMs: 5000, state: 'on' })], 4000)]).toEqual([]);
  });
});
