import { DailyEnergy } from './daily-energy';
import { DocumentStore } from './document-store';

const at = (iso: string) => new Date(iso);
const berlin = () => new DailyEnergy({ timeZone: 'Europe/Berlin' });

describe('energy since local midnight', () => {
  it('is unknown until a midnight was seen, then exact', () => {
    const energy = berlin();
    energy.observe('c', 100, at('2026-01-15T12:00:00Z'));
    energy.observe('c', 101, at('2026-01-15T13:00:00Z'));
    expect(energy.usedKwh('c', at('2026-01-15T13:00:00Z'))).toBeNull();
    energy.observe('c', 110, at('2026-01-15T23:00:00Z'));
    expect(energy.usedKwh('c', at('2026-01-15T23:00:00Z'))).toBeNull();
    energy.observe('d', 110, at('2026-01-15T22:59:00Z'));
    energy.observe('d', 112, at('2026-01-15T23:01:00Z'));
    energy.observe('d', 115, at('2026-01-16T12:00:00Z'));
    expect(energy.usedKwh('d', at('2026-01-16T12:00:00Z'))).toBeCloseTo(4, 5);
    expect(energy.usedKwh('d', at('2026-01-16T23:00:00Z'))).toBeNull();
  });

  it.each([
    ['spring', '2026-03-28T22:50:00Z', '2026-03-28T23:10:00Z', '2026-03-29T21:50:00Z'],
    ['autumn', '2026-10-24T21:50:00Z', '2026-10-24T22:10:00Z', '2026-10-25T22:50:00Z'],
  ])('begins at the midnight of the home on the days of the %s change', (_season, before, after, evening) => {
    const energy = berlin();
    energy.observe('c', 0, at(before));
    energy.observe('c', 2, at(after));
    energy.observe('c', 10, at(evening));
    expect(energy.usedKwh('c', at(evening))).toBeCloseTo(9, 5);
  });

  it('takes a fall for a reset, and a long gap over midnight for unknown', () => {
    const energy = berlin();
    energy.observe('c', 50, at('2026-01-15T22:50:00Z'));
    energy.observe('c', 50, at('2026-01-15T23:10:00Z'));
    energy.observe('c', 3, at('2026-01-16T00:00:00Z'));
    energy.observe('c', 4, at('2026-01-16T01:00:00Z'));
    expect(energy.usedKwh('c', at('2026-01-16T01:00:00Z'))).toBe(4);
    energy.observe('c', 20, at('2026-01-17T01:00:00Z'));
    expect(energy.usedKwh('c', at('2026-01-17T01:00:00Z'))).toBeNull();
    energy.setUsedKwh('c', 1.25, 19.75);
    energy.observe('c', 21, at('2026-01-17T02:00:00Z'));
    expect(energy.usedKwh('c', at('2026-01-17T02:00:00Z'))).toBe(2.5);
  });

  it('passes over what is older than what it knows', () => {
    const energy = berlin();
    energy.observe('c', 5, at('2026-01-15T12:00:00Z'));
    energy.setUsedKwh('c', 5, 5);
    energy.observe('c', 4, at('2026-01-15T11:00:00Z'));
    expect(energy.usedKwh('c', at('2026-01-15T12:00:00Z'))).toBe(5);
  });

  it('goes on after a restart, and leaves out what it did not write', async () => {
    let document: unknown = { strange: { day: 7 }, other: 'x' };
    const store: DocumentStore = {
      load: async () => document,
      save: async (saved) => void (document = JSON.parse(JSON.stringify(saved))),
    };
    const first = new DailyEnergy({ timeZone: 'UTC', store });
    await first.load();
    first.observe('c', 5, at('2026-01-15T12:00:00Z'));
    first.setUsedKwh('c', 5, 5);
    await first.save();
    const second = new DailyEnergy({ timeZone: 'UTC', store });
    await second.load();
    second.observe('c', 7, at('2026-01-15T20:00:00Z'));
    expect(second.usedKwh('c', at('2026-01-15T20:00:00Z'))).toBe(7);
    expect(Object.keys(document as object)).toEqual(['c']);
  });
});
