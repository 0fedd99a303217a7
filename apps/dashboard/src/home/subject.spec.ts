import { HOME, subjectOf } from './subject';

const circuits = [{ id: 'sensor.oven', name: 'sensor.oven', parentId: undefined, powerW: 1, dailyKwh: null }];

it('is the home unless a circuit is named', () => {
  expect(subjectOf(null, circuits, new Map())).toBe(HOME);
});

it('is a circuit by the name that people know', () => {
  expect(subjectOf('sensor.oven', circuits, new Map([['sensor.oven', 'Oven']]))).toEqual({
    circuitId: 'sensor.oven',
    name: 'Oven',
    series: 'circuit:sensor.oven',
    circuits: 'sensor.oven',
  });
});

it('remembers a circuit that is gone, and fits into an address', () => {
  expect(subjectOf('a&b/c', circuits, new Map())).toMatchObject({ name: 'a&b/c', circuits: 'a%26b%2Fc' });
});
