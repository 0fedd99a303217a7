import { localDayStartMs } from './local-day';

const ms = (text: string) => new Date(text).getTime();

describe('localDayStartMs', () => {
  it.each([
    ['2026-06-15T21:59:59Z', 'Europe/Berlin', '2026-06-14T22:00:00Z'],
    ['2026-06-15T22:00:00Z', 'Europe/Berlin', '2026-06-15T22:00:00Z'],
    // Days of 23 and 25 hours.
    ['2026-03-29T21:59:59Z', 'Europe/Berlin', '2026-03-28T23:00:00Z'],
    ['2026-03-29T22:00:00Z', 'Europe/Berlin', '2026-03-29T22:00:00Z'],
    ['2026-10-25T22:59:59Z', 'Europe/Berlin', '2026-10-24T22:00:00Z'],
    // A day that begins at one o'clock.
    ['2026-09-06T10:00:00Z', 'America/Santiago', '2026-09-06T04:00:00Z'],
    ['2026-01-01T00:00:00Z', 'Asia/Kolkata', '2025-12-31T18:30:00Z'],
    ['2026-06-15T10:00:00Z', 'Nowhere/Atall', '2026-06-15T00:00:00Z'],
  ])('%s in %s is of the day that began at %s', (at, zone, start) => {
    expect(new Date(localDayStartMs(ms(at), zone)).toISOString()).toBe(new Date(start).toISOString());
  });
});
