import { parsePriceUnit } from './price-unit';

describe('parsePriceUnit', () => {
  it.each([
    ['EUR/kWh', 'EUR', 1],
    ['SEK / kWh', 'SEK', 1],
    ['€/kWh', 'EUR', 1],
    ['EUR/MWh', 'EUR', 0.001],
    ['GBP/Wh', 'GBP', 1000],
    ['ct/kWh', null, 0.01],
    ['Cent/kWh', null, 0.01],
    ['öre/kWh', null, 0.01],
    ['p/kWh', null, 0.01],
    ['$/kWh', null, 1],
    ['kr/kWh', null, 1],
  ])('%s is in %s, times %d', (unit, currency, perKwh) => {
    const parsed = parsePriceUnit(unit);
    expect(parsed?.currency).toBe(currency);
    expect(parsed?.perKwh).toBeCloseTo(perKwh, 12);
  });

  it.each([undefined, '', 'EUR', 'kWh', '/kWh', 'EUR/mWh', 'EUR/m³', 'eur/kWh', 'EUR/kWh/h', 'points/kWh'])(
    '%s is no price of energy',
    (unit) => {
      expect(parsePriceUnit(unit)).toBeNull();
    },
  );
});
