import { PowerSample } from '@smart-meter/correlation';
import { heldSamples } from './held-samples';

const at = (atS: number, powerW: number): PowerSample => ({
  channel: 'mains',
  atMs: atS * 1000,
  powerW,
  averagedOverS: 0,
});

describe('heldSamples', () => {
  it('repeats what holds between changes, on the same instants when it is read again', () => {
    const changes = [0, 2, 17, 30, 32, 47, 61, 62, 77, 90, 92, 107, 120, 122, 137, 150, 152].map(
      (atS, index) => at(atS, 100 + index),
    );
    const held = heldSamples(changes);
    expect(held.filter(({ atMs }) => atMs > 2_000 && atMs < 17_000)).toEqual([
      at(5, 101),
      at(10, 101),
      at(15, 101),
    ]);
    const again = new Map(heldSamples(changes.slice(3)).map(({ atMs, powerW }) => [atMs, powerW]));
    for (const { atMs, powerW } of held.filter((sample) => sample.atMs >= 30_000))
      expect(again.get(atMs)).toBe(powerW);
  });

  it('leaves samples at an interval, means, and what is too old alone', () => {
    const polled = Array.from({ length: 20 }, (_, index) => at(60 * index + (index % 3), index));
    expect(heldSamples(polled)).toEqual(polled);
    const means = polled.map((sample, index) => ({ ...sample, atMs: index ** 2 * 1000, averagedOverS: 60 }));
    expect(heldSamples(means)).toEqual(means);
    const silent = [0, 1, 5, 6, 20, 21, 40, 41, 70, 71, 4_000].map((atS) => at(atS, 7));
    expect(
      Math.max(
        ...heldSamples(silent)
          .slice(0, -1)
          .map(({ atMs }) => atMs),
      ),
    ).toBeLessThan(400_000);
  });
});
