import fc from 'fast-check';
import { DateTime } from 'luxon';
import {
  addDays,
  localDate,
  neighbour,
  partBoundaries,
  PERIOD_KINDS,
  periodAround,
  startOfLocalDay,
  wallClockMs,
} from './local-time';

const BERLIN = 'Europe/Berlin';
// Clocks skip midnight in Santiago and Beirut; Lord Howe moves by half an hour.
const ZONES = [BERLIN, 'UTC', 'America/Santiago', 'Asia/Beirut', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
const instants = fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2035, 0) });
const iso = (atMs: number) => new Date(atMs).toISOString();

describe('Local time', () => {
  it('agrees with luxon on every zone and day', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), instants, (zone, atMs) => {
        const local = DateTime.fromMillis(atMs, { zone });
        expect(localDate(atMs, zone)).toBe(local.toISODate());
        expect(wallClockMs(atMs, zone)).toBe(atMs + local.offset * 60_000);
        expect(iso(startOfLocalDay(localDate(atMs, zone), zone))).toBe(iso(local.startOf('day').toMillis()));
      }),
      { numRuns: 300 },
    );
  });

  it('finds the same periods as luxon', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.constantFrom(...PERIOD_KINDS),
        instants,
        (zone, kind, atMs) => {
          const local = DateTime.fromMillis(atMs, { zone });
          const { fromMs, toMs } = periodAround(kind, localDate(atMs, zone), zone);
          expect(iso(fromMs)).toBe(iso(local.startOf(kind).toMillis()));
          expect(iso(toMs)).toBe(
            iso(
              local
                .startOf(kind)
                .plus({ [kind]: 1 })
                .startOf('day')
                .toMillis(),
            ),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('goes to the neighbour and back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.constantFrom(...PERIOD_KINDS),
        instants,
        (zone, kind, atMs) => {
          const period = periodAround(kind, localDate(atMs, zone), zone);
          const next = neighbour(period, 1, zone);
          expect(next.fromMs).toBe(period.toMs);
          expect(neighbour(next, -1, zone)).toEqual(period);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ['day', '2026-03-29', 23],
    ['day', '2026-10-25', 25],
    ['week', '2026-10-21', 7],
    ['month', '2026-02-11', 28],
    ['year', '2026-07-01', 12],
  ] as const)('divides a %s around %s into %d', (kind, date, count) => {
    const period = periodAround(kind, date, BERLIN);
    const boundaries = partBoundaries(period, BERLIN);
    expect(boundaries).toHaveLength(count + 1);
    expect([boundaries[0], boundaries.at(-1)]).toEqual([period.fromMs, period.toMs]);
    expect(boundaries).toEqual([...new Set(boundaries)].sort((a, b) => a - b));
  });

  it('counts days over the end of a year', () => {
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
    expect(addDays('2024-03-01', -1)).toBe('2024-02-29');
  });
});
