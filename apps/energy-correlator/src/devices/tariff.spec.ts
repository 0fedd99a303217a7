import { costOf, flatTariff, meanPrice, parseTariff } from './tariff';

const BERLIN = 'Europe/Berlin';
const HOUR_MS = 3_600_000;

const nightAndWeekend = parseTariff(
  JSON.stringify({
    price: 0.4,
    periods: [
      { price: 0.2, from: '22:00', to: '06:00' },
      { price: 0.3, from: '00:00', to: '24:00', days: [6, 7] },
    ],
  }),
  BERLIN,
);

describe('a tariff', () => {
  it.each([
    ['2026-03-04T12:00:00+01:00', 0.4],
    ['2026-03-04T21:59:59+01:00', 0.4],
    ['2026-03-04T22:00:00+01:00', 0.2],
    ['2026-03-05T05:59:59+01:00', 0.2],
    ['2026-03-05T06:00:00+01:00', 0.4],
    ['2026-03-07T12:00:00+01:00', 0.3],
    ['2026-03-07T23:00:00+01:00', 0.2],
  ])('at %s is %d', (at, price) => {
    expect(nightAndWeekend.priceAt(Date.parse(at))).toBe(price);
  });

  it('counts each hour at its own price, on the days of 23 and 25 hours too', () => {
    const cost = (from: string, to: string) =>
      costOf(nightAndWeekend, Date.parse(from), Date.parse(to), 1000).cost;
    expect(cost('2026-03-04T20:00:00+01:00', '2026-03-05T08:00:00+01:00')).toBeCloseTo(
      2 * 0.4 + 8 * 0.2 + 2 * 0.4,
      9,
    );
    expect(cost('2026-03-29T00:00:00+01:00', '2026-03-30T00:00:00+02:00')).toBeCloseTo(
      5 * 0.2 + 16 * 0.3 + 2 * 0.2,
      9,
    );
    expect(cost('2026-10-25T00:00:00+02:00', '2026-10-26T00:00:00+01:00')).toBeCloseTo(
      7 * 0.2 + 16 * 0.3 + 2 * 0.2,
      9,
    );
  });

  it('may be one price for all', () => {
    expect(costOf(flatTariff(0.5), 0, HOUR_MS, 2000)).toEqual({ cost: 1, pricedKwh: 2, unpricedKwh: 0 });
  });

  it('leaves out what has no known price, and says how much that is', () => {
    const sinceOne = {
      priceAt: (atMs: number) => (atMs < HOUR_MS ? null : 0.5),
      holdsUntilMs: (atMs: number) => (atMs < HOUR_MS ? HOUR_MS : Infinity),
    };
    expect(costOf(sinceOne, 0, 4 * HOUR_MS, 1000)).toEqual({ cost: 1.5, pricedKwh: 3, unpricedKwh: 1 });
    expect(meanPrice(sinceOne, 0, 4 * HOUR_MS)).toBeCloseTo(0.5, 9);
    expect(meanPrice(sinceOne, 0, HOUR_MS)).toBeNull();
  });

  it.each([
    ['[]', 'expected a JSON object'],
    ['{"price": "x"}', 'price: expected a number'],
    [
      '{"price": 1, "periods": [{"price": 1, "from": "25:00", "to": "06:00"}]}',
      'periods[0].from: expected a time',
    ],
    ['{"price": 1, "periods": [{"price": 1, "from": "1:00", "to": "6:00", "days": [0]}]}', 'periods[0].days'],
  ])('refuses %s', (text, message) => {
    expect(() => parseTariff(text, BERLIN)).toThrow(message);
  });
});
