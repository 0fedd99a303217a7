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

  it('does not repeat what is too old', () => {
    const held = heldSamples([at(0, 7), at(4_000, 9)]);
    expect(held.at(-2)?.atMs).toBeLessThan(400_000);
  });
});
