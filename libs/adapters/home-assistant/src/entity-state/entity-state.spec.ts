import * as fc from 'fast-check';
import { energyKwh, numericState, parseEntityState, powerW } from './entity-state';

describe('parseEntityState', () => {
  it('reads an entity with its times', () => {
    expect(
      parseEntityState({
        entity_id: 'sensor.grid_power',
        state: '1234.5',
        attributes: { unit_of_measurement: 'W' },
        last_changed: '2026-11-20T10:11:12.123456+00:00',
        last_reported: '2026-11-20T12:11:14+01:00',
        last_updated: 'yesterday',
        context: { id: '01J' },
      }),
    ).toEqual({
      entityId: 'sensor.grid_power',
      state: '1234.5',
      attributes: { unit_of_measurement: 'W' },
      lastChangedAt: new Date('2026-11-20T10:11:12.123Z'),
      lastReportedAt: new Date('2026-11-20T11:11:14Z'),
      lastUpdatedAt: null,
    });
  });

  it.each([
    ['not an object', 'sensor.a'],
    ['null', null],
    ['an array', []],
    ['no id', { state: '1' }],
    ['an id without a domain', { entity_id: 'power', state: '1' }],
    ['a state that is a number', { entity_id: 'sensor.a', state: 1 }],
    ['no state', { entity_id: 'sensor.a' }],
  ])('gives up on %s alone', (_what, value) => {
    expect(parseEntityState(value)).toBeNull();
  });

  it('takes missing or odd attributes as none', () => {
    expect(parseEntityState({ entity_id: 'sensor.a', state: '1', attributes: [] })?.attributes).toEqual({});
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const entity = parseEntityState(value);
        return entity === null || typeof entity.state === 'string';
      }),
    );
  });
});

describe('numericState', () => {
  it.each([
    ['1234.5', 1234.5],
    ['-0.25', -0.25],
    ['+3', 3],
    ['.5', 0.5],
    ['1e3', 1000],
    [' 12 ', 12],
    ['0', 0],
  ])('reads %j', (state, value) => {
    expect(numericState(state)).toBe(value);
  });

  it.each([
    ...['unknown', 'unavailable', '', ' ', 'None', 'none', 'NaN', 'nan', 'Infinity', '-inf', '1e999'],
    ...['12,5', '1.234,5', '12 W', '0x10', '1_000', '--1', '.', 'on', 'null', '١٢'],
  ])('takes %j as unknown', (state) => {
    expect(numericState(state)).toBeNull();
  });

  it('reads every finite number as its own text', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(numericState(String(value))).toBe(Number(String(value)));
      }),
    );
  });
});

describe('conversion with the unit in force', () => {
  const entity = (state: string, unit?: unknown) => ({
    state,
    attributes: unit === undefined ? {} : { unit_of_measurement: unit },
  });

  it.each([
    ['1.5', 'kW', 1500],
    ['-250', 'W', -250],
    ['900000', 'mW', 900],
    ['0.002', 'MW', 2000],
  ])('%s %s', (state, unit, expected) => {
    expect(powerW(entity(state, unit))).toBeCloseTo(expected, 9);
  });

  it.each([['VA'], ['var'], ['kWh'], ['watts'], ['w'], [''], [undefined], [7]])(
    'never takes %p as power',
    (unit) => {
      expect(powerW(entity('100', unit))).toBeNull();
    },
  );

  it.each([
    ['1500', 'Wh', 1.5],
    ['3.6', 'MJ', 1],
    ['0.002', 'GWh', 2000],
  ])('%s %s', (state, unit, expected) => {
    expect(energyKwh(entity(state, unit))).toBeCloseTo(expected, 9);
  });

  it('never overflows into a number', () => {
    expect(powerW(entity('1e308', 'TW'))).toBeNull();
  });
});
