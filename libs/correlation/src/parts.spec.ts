import fc from 'fast-check';
import { nearestDifference, windowDifference } from './baselines';
import { calibratedConfidence } from './calibration';
import { effectOf, EntityLevel, levelOf, SWITCHING } from './effect-model';
import { modesOf, SeenStep } from './modes';
import { SampleBuffer } from './sample-buffer';

describe('SampleBuffer', () => {
  it('holds what a sorted map of the last value per instant would hold', () => {
    const puts = fc.array(fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 99 })), {
      maxLength: 3000,
    });
    fc.assert(
      fc.property(puts, fc.integer({ min: 0, max: 5000 }), (samples, dropBefore) => {
        const buffer = new SampleBuffer();
        const expected = new Map<number, number>();
        for (const [atMs, powerW] of samples) {
          buffer.put(atMs, powerW, 0);
          expected.set(atMs, powerW);
        }
        buffer.dropBefore(dropBefore);
        const kept = [...expected].filter(([atMs]) => atMs >= dropBefore).sort((a, b) => a[0] - b[0]);
        expect(Array.from({ length: buffer.length }, (_, i) => [buffer.atMs(i), buffer.powerW(i)])).toEqual(
          kept,
        );
      }),
      { numRuns: 30 },
    );
  });

  it('stays bounded when nobody clears it', () => {
    const buffer = new SampleBuffer();
    for (let i = 0; i < 600_000; i++) buffer.put(i, 1, 0);
    expect(buffer.length).toBeLessThanOrEqual(1 << 18);
    expect(buffer.atMs(buffer.length - 1)).toBe(599_999);
  });

  it('adds another series between its samples, and nothing where it is unknown', () => {
    const solar = new SampleBuffer();
    solar.put(0, 100, 0);
    solar.put(10_000, 200, 0);
    const mains = new SampleBuffer();
    mains.addSeries(solar);
    for (const atMs of [-5000, 0, 5000, 60_000, 3_600_000]) mains.put(atMs, -50, 0);
    expect([0, 1, 2, 3, 4].map((i) => mains.powerW(i))).toEqual([-50, 50, 100, 150, -50]);
  });
});

describe('modesOf', () => {
  const step = (powerW: number, sdW: number, up = true): SeenStep => ({
    powerW,
    variance: sdW * sdW,
    up,
    weight: 1,
  });

  it('parts two powers that a device is used at', () => {
    const modes = modesOf([45, 98, 46, 44, 98, 45].map((powerW) => step(powerW, 2)));
    expect(modes.map(({ powerW, ups }) => [Math.round(powerW), Math.round(ups)])).toEqual([
      [45, 4],
      [98, 2],
    ]);
  });

  it('does not let one clear coincidence outweigh many unclear steps', () => {
    const unclear = [10, 40, -20, 55, 5, 30, -10, 60, 25, 20].map((powerW) => step(powerW, 30));
    const modes = modesOf([...unclear, step(222, 5)]);
    const main = modes.reduce((a, b) => (b.ups > a.ups ? b : a));
    expect(Math.abs(main.powerW - 21)).toBeLessThan(15);
  });

  it('keeps at most four', () => {
    expect(modesOf([10, 40, 100, 300, 900, 2000].map((powerW) => step(powerW, 1)))).toHaveLength(4);
  });
});

describe('effectOf', () => {
  const level = (state: string, attributes: Record<string, unknown> = {}): EntityLevel =>
    levelOf({ state, attributes });

  it.each([
    [level('off'), level('on'), SWITCHING, 1, 0, 10],
    [level('on'), level('off'), SWITCHING, -1, 10, 0],
    [null, level('on'), SWITCHING, 1, 0, 10],
    [null, level('off'), SWITCHING, -1, 10, 0],
    [level('off'), level('on', { brightness: 102 }), SWITCHING, 1, 0, 4],
    [level('on', { brightness: 102 }), level('on', { brightness: 204 }), SWITCHING, 1, 4, 8],
    [level('on', { percentage: 70 }), level('off'), SWITCHING, -1, 7, 0],
    [level('heat', { hvac_action: 'idle' }), level('heat', { hvac_action: 'heating' }), SWITCHING, 1, 0, 10],
    [level('on'), level('unavailable'), 'on>unavailable', 0, 0, 10],
    [level('unavailable'), level('on'), 'unavailable>on', 0, 0, 10],
    [level('playing'), level('buffering'), 'playing>buffering', 0, 0, 10],
    [
      level('heat', { temperature: 20 }),
      level('heat', { temperature: 22 }),
      'set-point up from 20',
      0,
      0,
      10,
    ],
    [level('on'), level('on', { icon: 'x' }), 'attributes', 0, 0, 10],
  ])('from %j to %j is %s %i', (from, to, family, direction, fromTenths, toTenths) => {
    expect(effectOf(from, to)).toEqual({ family, direction, fromTenths, toTenths });
  });
});

describe('calibratedConfidence', () => {
  it('never falls while the stated probability rises, and stays between 0 and 1', () => {
    for (const intervalS of [1, 5, 10, 60, 300, 900]) {
      let former = 0;
      for (let stated = 0; stated <= 1.0001; stated += 0.01) {
        const confidence = calibratedConfidence(Math.min(1, stated), intervalS);
        expect(confidence).toBeGreaterThanOrEqual(former - 1e-9);
        expect(confidence).toBeLessThanOrEqual(1);
        former = confidence;
      }
    }
  });
});

describe('baselines', () => {
  const series = { atMs: [0, 4000, 8000, 12_000, 16_000, 20_000], powerW: [100, 100, 100, 160, 160, 160] };

  it('nearest compares the samples nearest to five seconds before and after', () => {
    expect(nearestDifference(series, 10_000)).toEqual({ beforeW: 100, afterW: 160, deltaW: 60 });
    expect(nearestDifference(series, 90_000)).toBeNull();
  });

  it('window compares the means of ten seconds before and after', () => {
    expect(windowDifference(series, 11_000)).toEqual({ beforeW: 100, afterW: 160, deltaW: 60 });
    expect(windowDifference(series, 40_000)).toBeNull();
  });
});
