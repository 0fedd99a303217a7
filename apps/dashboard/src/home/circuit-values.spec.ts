import { EnergyAnswer, SourceAnswer } from '../api/answers';
import { circuitNames, energiesSince, energySince, shareOfUse } from './circuit-values';

const DAY_S = 86_400;

const energy = (series: string, ...days: [string, number][]): EnergyAnswer['series'][0] => ({
  series,
  name: null,
  periods: days.map(([date, energy_kwh]) => ({
    date,
    start: `${date}T00:00:00Z`,
    end: `${date}T24:00:00Z`,
    energy_kwh,
    source: 'integrated',
    negative_kwh: 0,
    cost: null,
    covered_s: DAY_S,
  })),
});

const answer: EnergyAnswer = {
  time_zone: 'UTC',
  price: null,
  series: [
    energy('home', ['2026-11-21', 12], ['2026-11-22', 12], ['2026-11-23', 6]),
    energy('circuit:k', ['2026-11-22', 2], ['2026-11-23', 1]),
  ],
};

it('sums up the days of a circuit, and does not know what no day knows', () => {
  const circuits = ['k', 'new'].map((id) => ({
    id,
    name: id,
    parentId: undefined,
    powerW: 0,
    dailyKwh: null,
  }));
  const names = new Map([['k', 'Kitchen']]);
  const found = energiesSince(circuits, names, answer, '2026-11-22');
  expect(found.map(({ name, value }) => [name, value])).toEqual([
    ['Kitchen', 3],
    ['new', null],
  ]);
  expect(energySince(answer, 'home', '2026-11-22')).toBe(18);
});

it('tells a constant power as a share of what was used', () => {
  // 100 W over three days are 7.2 of 30 kWh.
  expect(shareOfUse(100, answer)).toBeCloseTo(24, 9);
  expect(shareOfUse(100, { ...answer, series: [] })).toBeNull();
});

it('calls circuits as their sources do, without what is measured', () => {
  const source = (part: Partial<SourceAnswer>) =>
    ({ role: 'circuit', circuit_id: null, ...part }) as SourceAnswer;
  const sources = [
    source({ source: 'sensor.kitchen_power', name: 'Kitchen power', circuit_id: 'k' }),
    source({ source: 'power', name: 'Power' }),
    source({ source: 'sensor.total', name: 'Total', role: 'home' }),
  ];
  expect([...circuitNames({ meter_type: 'x', sources })]).toEqual([
    ['k', 'Kitchen'],
    ['power', 'Power'],
  ]);
  expect(circuitNames(null).size).toBe(0);
});
