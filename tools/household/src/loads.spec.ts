import { createHousehold } from './household';
import { isPowerOf, Load, loadsOf, switched } from './loads';

const FROM = new Date('2026-01-12T23:00:00Z');
const TO = new Date('2026-01-19T23:00:00Z');

describe('loadsOf', () => {
  const household = createHousehold({ seed: 'loads' });
  const loads = loadsOf(household, FROM, TO);
  const load = (entityId: string) => loads.find((one) => one.entityId === entityId) as Load;

  it('lists what events switch, above a bound, and no programme', () => {
    expect(loads.length).toBeGreaterThan(12);
    expect(loads.every(({ startW }) => startW > 20)).toBe(true);
    expect(loads.map(({ entityId }) => entityId)).not.toContain('switch.washing_machine');
    expect(loadsOf(household, FROM, TO, 500).length).toBeLessThan(loads.length);
  });

  it('tells what a load starts with from what it runs with', () => {
    const kettle = load('switch.kettle');
    expect(kettle.runningW / kettle.startW).toBeCloseTo(1, 1);
    const hob = load('switch.hob');
    expect(hob.runningW / hob.startW).toBeLessThan(0.7);
  });

  it('agrees with what the household used', () => {
    const { circuitId, runningW, entityId } = load('switch.kettle');
    const { kwh, hours } = switched(household, entityId, circuitId, FROM, TO);
    expect((kwh * 1000) / hours / runningW).toBeCloseTo(1, 1);
  });
});

describe('isPowerOf', () => {
  const load: Load = {
    entityId: 'switch.hob',
    circuitId: 'hob',
    state: 'on',
    levelPercent: null,
    startW: 1000,
    runningW: 500,
    aloneCount: 1,
  };

  it.each([
    [1000, true],
    [500, true],
    [700, true],
    [1140, true],
    [1160, false],
    [430, true],
    [420, false],
    [null, false],
  ])('%p W of a load that starts with 1,000 W and runs with 500 W: %p', (powerW, isRight) => {
    expect(isPowerOf(load, powerW, 0.15)).toBe(isRight);
  });
});
