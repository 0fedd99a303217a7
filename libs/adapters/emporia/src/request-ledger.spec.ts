import { CHART_REQUESTS_PER_DAY, RequestLedger, REQUESTS_PER_DAY } from './request-ledger';
import { InstantClock } from './testing/instant-clock';

const HOUR_MS = 3_600_000;

describe('RequestLedger', () => {
  let clock: InstantClock;
  let ledger: RequestLedger;
  beforeEach(() => {
    clock = new InstantClock('2026-06-15T00:00:00Z');
    ledger = new RequestLedger(clock);
  });
  const spend = (times: number, kind: 'usage' | 'chart') => {
    for (let i = 0; i < times; i += 1) ledger.spend(kind);
  };

  it('counts by purpose, for ever and for a day', () => {
    spend(3, 'usage');
    clock.advance(25 * HOUR_MS);
    spend(2, 'usage');
    expect(ledger.counts()).toMatchObject({
      usage: { total: 5, last24h: 2 },
      chart: { total: 0, last24h: 0 },
    });
  });

  it('stops the history at its share, not the live readings', () => {
    spend(CHART_REQUESTS_PER_DAY, 'chart');
    expect(() => ledger.spend('chart')).toThrow(
      expect.objectContaining({ code: 'rate_limited', retryAfterMs: 24 * HOUR_MS }),
    );
    expect(() => ledger.spend('usage')).not.toThrow();
    expect(ledger.counts().chart.total).toBe(CHART_REQUESTS_PER_DAY);
  });

  it('stops everything at what an account may make, until the oldest hour is a day old', () => {
    spend(REQUESTS_PER_DAY / 2, 'usage');
    clock.advance(5 * HOUR_MS);
    spend(REQUESTS_PER_DAY / 2, 'usage');
    expect(() => ledger.spend('usage')).toThrow(expect.objectContaining({ retryAfterMs: 19 * HOUR_MS }));
    clock.advance(19 * HOUR_MS);
    expect(() => ledger.spend('usage')).not.toThrow();
  });

  it('says beforehand whether there is room', () => {
    spend(CHART_REQUESTS_PER_DAY - 5, 'chart');
    expect(() => ledger.expectRoomFor('chart', 5)).not.toThrow();
    expect(() => ledger.expectRoomFor('chart', 6)).toThrow();
  });
});
