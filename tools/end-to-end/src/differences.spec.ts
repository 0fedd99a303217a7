import { differences } from './findings';

const T = Date.parse('2026-01-13T00:00:00Z');
const series = (values: Record<number, number>) =>
  new Map(Object.entries(values).map(([s, value]) => [T + Number(s) * 1000, value]));

describe('differences', () => {
  const told = series({ 0: 100, 5: 120, 10: 90 });

  it('finds none where the same stands, or what is in force is said again', () => {
    expect(differences(told, series({ 0: 100, 3: 100, 5: 120, 10: 90, 60: 90 }))).toEqual([]);
  });

  it('finds what is missing, what is different, and what nobody told', () => {
    expect(differences(told, series({ 0: 100, 5: 121, 7: 99 }))).toEqual([
      '2026-01-13T00:00:05.000Z: 121, not 120',
      '2026-01-13T00:00:07.000Z: 99, not 120',
      '2026-01-13T00:00:10.000Z: nothing, not 90',
    ]);
  });
});
