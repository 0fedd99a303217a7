import fc from 'fast-check';
import {
  energy,
  formatBytes,
  formatCost,
  formatEnergy,
  formatPower,
  formatRound,
  formatShare,
  power,
} from './quantities';

describe('power', () => {
  it.each([
    [0, '0', 'W'],
    [-0.02, '0', 'W'],
    [4.04, '4.0', 'W'],
    [9.96, '10', 'W'],
    [845.4, '845', 'W'],
    [999.5, '1.00', 'kW'],
    [-1234, '−1.23', 'kW'],
    [12_345, '12.3', 'kW'],
  ])('%d W is %s %s', (powerW, value, unit) => {
    expect(power(powerW)).toEqual({ value, unit });
  });

  it.each([null, undefined])('%s is unknown, and never 0', (unknown) => {
    expect(formatPower(unknown)).toBe('–');
  });

  it('never shows a number that is off by more than half of its last figure', () => {
    fc.assert(
      fc.property(fc.double({ min: -200_000, max: 200_000, noNaN: true }), (powerW) => {
        const { value, unit } = power(powerW);
        const shownW = Number(value.replace('−', '-').replaceAll(',', '')) * (unit === 'kW' ? 1000 : 1);
        const decimals = value.split('.')[1]?.length ?? 0;
        const lastFigureW = (unit === 'kW' ? 1000 : 1) / 10 ** decimals;
        expect(Math.abs(shownW - powerW)).toBeLessThanOrEqual(lastFigureW / 2 + 1e-6);
      }),
    );
  });
});

describe('The other quantities', () => {
  it.each([
    [0, '0.00 kWh'],
    [9.994, '9.99 kWh'],
    [34.56, '34.6 kWh'],
    [7299, '7,299 kWh'],
    [12_345, '12.3 MWh'],
    [null, '–'],
  ])('%p kWh is %s', (energyKwh, text) => {
    expect(formatEnergy(energyKwh)).toBe(text);
  });

  it('keeps the unit of what is unknown', () => {
    expect(energy(null)).toEqual({ value: '–', unit: 'kWh' });
  });

  it('writes money as its currency is written, and currencies that it does not know out', () => {
    expect(formatCost(3.957, 'EUR')).toBe('€3.96');
    expect(formatCost(2335.84, 'EUR')).toBe('€2,336');
    expect(formatCost(-0.5, 'EUR')).toBe('−€0.50');
    expect(formatCost(3.957, 'shells')).toBe('3.96 shells');
    expect(formatCost(null, 'EUR')).toBe('–');
  });

  it('writes shares, bytes and round numbers', () => {
    expect(formatShare(0.03)).toBe('< 0.1 %');
    expect([formatShare(87.2), formatShare(6.53), formatShare(0), formatShare(null)]).toEqual([
      '87 %',
      '6.5 %',
      '0 %',
      '–',
    ]);
    expect([0, 999, 1_500, 80_872_562_688].map(formatBytes)).toEqual(['0 B', '999 B', '1.5 kB', '81 GB']);
    expect([formatRound(40, 'kWh'), formatRound(1.5, 'kWh')]).toEqual(['40 kWh', '1.5 kWh']);
  });
});
