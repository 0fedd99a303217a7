import fc from 'fast-check';
import { flows, selfSufficiency } from './flows';
import { Picture } from './picture';

const picture = (powers: Partial<Picture>): Picture => ({
  atMs: 0,
  provenance: 'live',
  totalPowerW: null,
  dailyKwh: null,
  gridPowerW: undefined,
  solarPowerW: undefined,
  batteryPowerW: undefined,
  circuits: [],
  ...powers,
});

describe('flows', () => {
  it('lets solar serve the home, then the battery, then the grid', () => {
    const noon = picture({ totalPowerW: 1000, solarPowerW: 4000, batteryPowerW: -1200, gridPowerW: -1800 });
    expect(flows(noon)).toEqual([
      { from: 'solar', to: 'home', powerW: 1000 },
      { from: 'solar', to: 'battery', powerW: 1200 },
      { from: 'solar', to: 'grid', powerW: 1800 },
    ]);
    expect(selfSufficiency(noon)).toBe(100);
  });

  it('lets the grid give what is left', () => {
    const evening = picture({ totalPowerW: 3000, solarPowerW: 0, batteryPowerW: 2000, gridPowerW: 1000 });
    expect(flows(evening)).toEqual([
      { from: 'battery', to: 'home', powerW: 2000 },
      { from: 'grid', to: 'home', powerW: 1000 },
    ]);
    expect(selfSufficiency(evening)).toBeCloseTo(66.7, 1);
  });

  it('shows no flow of what is unknown, and no share either', () => {
    expect(flows(picture({ totalPowerW: null, gridPowerW: null, solarPowerW: null }))).toEqual([]);
    expect(selfSufficiency(picture({ totalPowerW: 500 }))).toBeNull();
  });

  it('gives no more than there is, and takes no more than is wanted', () => {
    const powerW = fc.integer({ min: -9000, max: 9000 });
    fc.assert(
      fc.property(powerW, powerW, powerW, powerW, (totalPowerW, gridPowerW, solarPowerW, batteryPowerW) => {
        const found = flows(picture({ totalPowerW, gridPowerW, solarPowerW, batteryPowerW }));
        const sum = (key: 'from' | 'to', node: string) =>
          found.filter((flow) => flow[key] === node).reduce((total, flow) => total + flow.powerW, 0);
        expect(sum('from', 'solar')).toBeLessThanOrEqual(Math.max(0, solarPowerW));
        expect(sum('from', 'grid')).toBeLessThanOrEqual(Math.max(0, gridPowerW));
        expect(sum('to', 'home')).toBeLessThanOrEqual(Math.max(0, totalPowerW));
        expect(sum('to', 'battery')).toBeLessThanOrEqual(Math.max(0, -batteryPowerW));
      }),
    );
  });
});
