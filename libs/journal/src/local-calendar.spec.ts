import * as fc from 'fast-check';
import { LocalCalendar } from './local-calendar';

const HOUR_MS = 3_600_000;
const at = (iso: string) => Date.parse(iso);

describe('dayOf', () => {
  it.each([
    ['an ordinary day', 'Europe/Berlin', '2026-01-15T12:00:00Z', 24],
    ['spring forward', 'Europe/Berlin', '2026-03-29T12:00:00Z', 23],
    ['autumn back', 'Europe/Berlin', '2026-10-25T12:00:00Z', 25],
    ['a shift of half an hour', 'Australia/Lord_Howe', '2026-04-05T00:00:00Z', 24.5],
    ['an offset of three quarters', 'Asia/Kathmandu', '2026-01-15T12:00:00Z', 24],
    ['a midnight that does not exist', 'America/Santiago', '2026-09-06T12:00:00Z', 23],
    ['a midnight that comes twice', 'America/Havana', '2019-11-03T12:00:00Z', 25],
    ['a day that follows a skipped one', 'Pacific/Apia', '2011-12-31T12:00:00Z', 24],
  ])('%s in %s', (_case, zone, instant, hours) => {
    const { startMs, endMs } = new LocalCalendar(zone).dayOf(at(instant));
    expect((endMs - startMs) / HOUR_MS).toBe(hours);
  });

  it('starts at the midnight of the wall clock', () => {
    const calendar = new LocalCalendar('Asia/Kathmandu');
    const day = calendar.dayOf(at('2026-01-15T12:00:00Z'));
    expect(day.date).toBe('2026-01-15');
    expect(new Date(day.startMs).toISOString()).toBe('2026-01-14T18:15:00.000Z');
    expect(calendar.hourStartsOf(day)).toHaveLength(24);
  });

  it('cuts time into days and hours without gap or overlap, in any zone', () => {
    const zones = [
      'UTC',
      'Europe/Berlin',
      'America/St_Johns',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'Pacific/Chatham',
      'America/Santiago',
      'America/Havana',
      'Africa/Cairo',
      'Asia/Beirut',
      'Pacific/Apia',
      'Antarctica/Troll',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: at('2000-01-01'), max: at('2037-01-01') }),
        (zone, atMs) => {
          const calendar = new LocalCalendar(zone);
          const day = calendar.dayOf(atMs);
          expect(day.startMs <= atMs && atMs < day.endMs).toBe(true);
          expect(calendar.dayOf(day.endMs).startMs).toBe(day.endMs);
          expect(calendar.dayOf(day.startMs - 1).endMs).toBe(day.startMs);
          expect(calendar.hourStartsOf(day)[0]).toBe(day.startMs);
          const hour = calendar.hourOf(atMs);
          expect(hour.startMs <= atMs && atMs < hour.endMs && hour.endMs <= day.endMs).toBe(true);
          expect(hour.endMs - hour.startMs).toBeLessThanOrEqual(HOUR_MS);
          for (const startMs of calendar.hourStartsOf(day)) expect(startMs % (5 * 60_000)).toBe(0);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('periodOf', () => {
  it.each([
    ['week', '2026-01-01', '2025-12-29', '2026-01-05'],
    ['month', '2026-02-11', '2026-02-01', '2026-03-01'],
    ['year', '2026-02-11', '2026-01-01', '2027-01-01'],
  ] as const)('%s of %s', (unit, date, first, next) => {
    const calendar = new LocalCalendar('America/New_York');
    const { startMs, endMs } = calendar.periodOf(unit, at(`${date}T12:00:00Z`));
    expect([calendar.dateOf(startMs), calendar.dateOf(endMs)]).toEqual([first, next]);
  });
});

it('refuses a zone that is none', () => {
  expect(() => new LocalCalendar('Europe/Atlantis')).toThrow(/Europe\/Atlantis/);
});
