import { HealthIndicatorService } from '@nestjs/terminus';
import { MeterError } from '@smart-meter/meter-adapter';
import { FakeClock } from '@smart-meter/meter-adapter-testkit';
import { FetchStatistics } from '../collection/fetch-statistics';
import { ReadingIntake } from '../collection/reading-intake';
import { HealthIndicators, HealthIndicatorsOptions } from './health-indicators';

const START = new Date('2026-01-01T00:00:00Z');
const INTERVAL_S = 300;
const AWAY = new MeterError('unavailable', 'the meter is away');

function setUp(options: Partial<HealthIndicatorsOptions> = {}) {
  const clock = new FakeClock(START);
  const statistics = new FetchStatistics();
  const health = new HealthIndicators({
    indicators: new HealthIndicatorService(),
    clock,
    statistics,
    intake: { waitingCount: 0, givenUpCount: 0, inTrouble: false } as ReadingIntake,
    fallbackReason: undefined,
    meterType: 'home_assistant',
    fetchIntervalS: INTERVAL_S,
    streams: false,
    isStreaming: () => false,
    delivery: () => Promise.resolve({ configured: false, state: 'off', alarm: null, details: {} }),
    journalDetails: () => ({ series: 1 }),
    journalRecovery: () => undefined,
    diskSpace: () => Promise.resolve({ freeBytes: 1e9, totalBytes: 2e9 }),
    ...options,
  });
  return { clock, statistics, health };
}

describe('the health of the meter', () => {
  it('is well while answers come, worse after one failure, and down when none has come for long', async () => {
    const { clock, statistics, health } = setUp();
    statistics.succeeded(clock.now(), [], []);
    expect(health.adapter().adapter.status).toBe('up');
    await clock.advance(INTERVAL_S * 1000);
    statistics.failedWith(AWAY, clock.now());
    expect(health.adapter().adapter.status).toBe('degraded');
    await clock.advance(2 * INTERVAL_S * 1000);
    expect(health.adapter().adapter).toMatchObject({ status: 'down', message: 'no fresh reading' });
  });

  it('is down when the meter has never answered', () => {
    const { clock, statistics, health } = setUp();
    expect(health.adapter().adapter.status).toBe('up');
    statistics.failedWith(AWAY, clock.now());
    expect(health.adapter().adapter.status).toBe('down');
  });

  it('is not down while changes arrive by themselves, however long polls fail', async () => {
    let isStreaming = true;
    const { clock, statistics, health } = setUp({ streams: true, isStreaming: () => isStreaming });
    statistics.failedWith(AWAY, clock.now());
    await clock.advance(10 * INTERVAL_S * 1000);
    expect(health.adapter().adapter).toMatchObject({ status: 'degraded', stream: 'connected' });
    isStreaming = false;
    expect(health.adapter().adapter.status).toBe('down');
  });
});

describe('the health of the journal', () => {
  it('says what was damaged and where it is now', () => {
    const recovery = { at: START, reason: 'malformed', setAside: ['/data/journal.db.damaged'], tables: [] };
    expect(setUp().health.journal().journal.status).toBe('up');
    expect(setUp({ journalRecovery: () => recovery }).health.journal().journal).toMatchObject({
      status: 'degraded',
      repaired: { at: START.toISOString(), reason: 'malformed', set_aside: recovery.setAside },
    });
  });

  it('is down while the disk refuses, whatever was repaired', () => {
    const recovery = { at: START, reason: 'malformed', setAside: [], tables: [] };
    const intake = { waitingCount: 3, givenUpCount: 0, inTrouble: true } as ReadingIntake;
    const { health } = setUp({ intake, journalRecovery: () => recovery });
    expect(health.journal().journal).toMatchObject({ status: 'down', waiting_in_memory: 3 });
  });
});
