import { historyChoice } from './history-route';

const choose = (...details: string[]) => historyChoice(details, '2026-11-23', 'Europe/Berlin');

it.each([
  [[], 'day', '2026-11-23', 300],
  [['week', '2026-11-18', '60'], 'week', '2026-11-16', 60],
  [['month', '2026-11-18', '7'], 'month', '2026-11-01', 3600],
  [['year', '2024-02-30'], 'year', '2024-01-01', 86_400],
  [['year', 'yesterday'], 'year', '2026-01-01', 86_400],
  [['day', '2026-11-24'], 'day', '2026-11-23', 300],
  [['fortnight', '2026-11-18'], 'day', '2026-11-18', 300],
])('%p asks for a %s from %s in steps of %d s', (details, kind, date, stepS) => {
  const { period, detail } = choose(...details);
  expect([period.kind, period.date, detail.stepS]).toEqual([kind, date, stepS]);
});

it.each([
  [['day', '2026-11-18', '60'], null],
  [['day', '2026-11-18', '60', 'kitchen'], 'kitchen'],
  [['day', '2026-11-18', '60', encodeURIComponent('a/b %')], 'a/b %'],
  [['day', '2026-11-18', '60', '%'], null],
])('%p is about the circuit %p', (details, circuitId) => {
  expect(choose(...details).circuitId).toBe(circuitId);
});
