import { formatDay, formatDuration, formatTime } from './times';

describe('formatDuration', () => {
  it.each([
    [0, '0 s'],
    [59_400, '59 s'],
    [61_000, '1 min'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 min'],
    [90_000_000, '1 d 1 h'],
    [-5_000, '0 s'],
  ])('%d ms is %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });
});

it('tells times of the home and not of the browser', () => {
  const atMs = Date.parse('2026-11-23T23:30:00Z');
  expect(formatTime(atMs, 'Europe/Berlin')).toBe('00:30');
  expect(formatDay(atMs, 'Europe/Berlin')).toBe('Tue 24 Nov');
  expect(formatDay(atMs, 'America/New_York')).toBe('Mon 23 Nov');
});
