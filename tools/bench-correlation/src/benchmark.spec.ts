import { fitCalibration } from './calibration-fit';
import { composeHome } from './compose';
import { caseOf, Evaluation } from './evaluate';
import { householdHome } from './household-source';
import { measure } from './meter';
import { Scoreboard } from './metrics';
import { readOptions } from './options';
import { createRandom } from './random';
import { splitTraces, TraceLibrary } from './traces';
import { trueDeltaW } from './truth';

const CLASSES = [
  'Lamp',
  'WaterKettle',
  'Toaster',
  'TV-LCD',
  'PC-Desktop',
  'MicrowaveOven',
  'Coffeemaker',
  'Dishwasher',
];

/** Rectangles in place of real traces. */
function plainLibrary(): TraceLibrary {
  const random = createRandom('plain library');
  const activations = CLASSES.flatMap((applianceClass) =>
    Array.from({ length: 24 }, (_, id) => {
      const device = `${applianceClass} ${id % 6}`;
      const durationS = 120 + random.integer(1200);
      const powerW = new Float32Array(durationS + 35);
      const onW = applianceClass === 'Lamp' ? 12 + 15 * (id % 6) : 90 + 300 * (id % 6);
      powerW.fill(onW, 5, 5 + durationS);
      const domain = applianceClass === 'Lamp' ? 'light' : 'switch';
      return { id, applianceClass, device, domain, durationS, standbyW: 0, powerW };
    }),
  );
  const fridgeW = Float32Array.from({ length: 86_400 }, (_, s) => (s % 3000 < 900 ? 90 : 2));
  const background = ['a', 'b', 'c'].map((device) => ({
    applianceClass: 'Refrigerator',
    device,
    powerW: fridgeW,
  }));
  return { activations, background };
}

describe('splitTraces', () => {
  it('never gives a device to both sides, lamps excepted', () => {
    const library = plainLibrary();
    const devicesOf = (split: 'tuning' | 'held-out'): Set<string> =>
      new Set(
        splitTraces(library, split)
          .activations.filter(({ applianceClass }) => applianceClass !== 'Lamp')
          .map(({ device }) => device),
      );
    const tuning = devicesOf('tuning');
    const heldOut = devicesOf('held-out');
    expect(tuning.size + heldOut.size).toBe((CLASSES.length - 1) * 6);
    expect([...tuning].filter((device) => heldOut.has(device))).toEqual([]);
  });
});

describe('composeHome', () => {
  const library = plainLibrary();

  it('always makes the same home of the same seed, and another of another', () => {
    const [a, b, c] = [1, 1, 2].map((seed) => composeHome(library, 'tuning', seed, 1));
    expect(a?.events).toEqual(b?.events);
    expect(a?.loadW).toEqual(b?.loadW);
    expect(c?.events).not.toEqual(a?.events);
  });

  it('adds up: circuits make the load, and true changes are seen in it', () => {
    const home = composeHome(library, 'tuning', 3, 1);
    for (let s = 0; s < 86_400; s += 977) {
      const sum = [...home.circuitsW.values()].reduce((total, series) => total + (series[s] ?? 0), 0);
      expect(home.loadW[s]).toBeCloseTo(sum, 0);
    }
    const causal = home.truth.filter(({ deltaW }) => Math.abs(deltaW) >= 10).length;
    expect(causal).toBeGreaterThan(20);
    expect(home.truth.filter(({ stepAtS }) => stepAtS === null).length).toBeGreaterThan(causal * 0.8);
  });
});

describe('householdHome', () => {
  it('is a home like the composed ones: circuits add up, events have their truth', () => {
    const home = householdHome('tuning', 1, 1, { solar: true });
    for (let s = 0; s < 86_400; s += 4999) {
      const sum = [...home.circuitsW.values()].reduce((total, series) => total + (series[s] ?? 0), 0);
      expect(home.loadW[s]).toBeCloseTo(sum, 1);
    }
    expect(home.events).toHaveLength(home.truth.length);
    expect(home.truth.some(({ deltaW }) => deltaW > 500)).toBe(true);
    expect(home.solarW?.some((powerW) => powerW > 50)).toBe(true);
  });
});

describe('measure', () => {
  const series = Float32Array.from({ length: 7200 }, (_, s) => (s < 3600 ? 100 : 400));

  it('averages over whole intervals that end at the stamp', () => {
    const { atS, powerW, averagedOverS } = measure(series, { intervalS: 60, kind: 'mean' }, 0, 'x');
    expect(averagedOverS).toBe(60);
    const straddling = [...atS].findIndex((end) => end > 3600);
    const share = ((atS[straddling] ?? 0) - 3600) / 60;
    expect(Math.abs((powerW[straddling] ?? 0) - (100 + 300 * share))).toBeLessThan(10);
  });

  it('drops samples and jitters', () => {
    const { atS } = measure(series, { intervalS: 1, kind: 'instantaneous' }, 1, 'x');
    expect(atS.length).toBeLessThan(7200 * 0.995);
    expect(atS.every((t, i) => i === 0 || t > (atS[i - 1] ?? 0))).toBe(true);
  });
});

describe('trueDeltaW', () => {
  it('compares the medians before and after, cut at the neighbouring switchings', () => {
    const powerAtW = (s: number): number => (s < 100 ? 5 : s < 112 ? 65 : 500);
    expect(trueDeltaW(powerAtW, 100, -Infinity, 112)).toBe(60);
  });
});

describe('Scoreboard', () => {
  it('counts strict hits, wrong watts, misses and innocent credits', () => {
    const board = new Scoreboard();
    const truth = (deltaW: number) => ({ deltaW, stepAtS: null, applianceClass: 'x' });
    const answer = (deltaW: number | null) => ({
      answered: true,
      deltaW,
      probability: deltaW ? 1 : 0,
      confidence: 1,
    });
    board.add(truth(100), answer(115));
    board.add(truth(100), answer(150));
    board.add(truth(-100), answer(null));
    board.add(truth(0), answer(40));
    const score = board.score();
    expect(score.precision).toBeCloseTo(1 / 3);
    expect(score.recall).toBeCloseTo(1 / 3);
    expect(score.detectionF1).toBeCloseTo(2 / 3);
    expect(score.falsePositiveRate).toBe(1);
    expect(score.meanAbsoluteErrorW).toBeCloseTo((15 + 50 + 100) / 3);
    expect(score.brier).toBeCloseTo(0.5);
  });
});

describe('fitCalibration', () => {
  it('is monotone and finds the share of right answers', () => {
    const random = createRandom('fit');
    const answers = Array.from({ length: 4000 }, () => {
      const stated = random.uniform(0, 1);
      return { stated, right: random.chance(stated * 0.8) };
    });
    const knots = fitCalibration(answers);
    knots.forEach(([stated, actual], i) => {
      expect(Math.abs(actual - 0.8 * stated)).toBeLessThan(0.12);
      expect(actual).toBeGreaterThanOrEqual(knots[i - 1]?.[1] ?? 0);
    });
  });
});

describe('Evaluation', () => {
  it('finds ours far ahead of the baselines on homes of rectangles', () => {
    const evaluation = new Evaluation();
    evaluation.add(caseOf(composeHome(plainLibrary(), 'tuning', 5, 2), 60, 'mains'));
    const ours = evaluation.scoreOf('online, from cold');
    expect(ours?.f1).toBeGreaterThan(0.7);
    expect(ours?.falsePositiveRate).toBeLessThan(0.06);
    expect(evaluation.scoreOf('±5 s nearest')?.f1).toBeLessThan(0.2);
    expect(evaluation.scoreOf('second pass')?.f1).toBeGreaterThanOrEqual(ours?.f1 ?? 1);
  });
});

describe('readOptions', () => {
  it('reads what was asked for', () => {
    const options = readOptions(['--interval', '10,60', '--homes', '3', '--seeds', 'held-out'], {
      TRACES_DIR: '/x',
    });
    expect(options).toMatchObject({
      intervalsS: [10, 60],
      homes: 3,
      days: 7,
      seeds: 'held-out',
      tracesDir: '/x',
    });
  });

  it.each([
    [['--homes', 'many'], '--homes is "many"'],
    [['--seeds', 'mine'], '--seeds is "mine"'],
    [['--fit-calibration', '--seeds', 'held-out'], '--fit-calibration needs --seeds tuning'],
  ])('refuses %j', (args, message) => {
    expect(() => readOptions(args, {})).toThrow(message);
  });
});
