import { HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { Clock } from '@smart-meter/meter-adapter';
import { FetchStatistics } from '../collection/fetch-statistics';
import { ReadingIntake } from '../collection/reading-intake';
import { DiskSpace } from './disk-space';

/** What the delivery says about itself, as the health needs it. */
export interface DeliverySummary {
  configured: boolean;
  state: string;
  alarm: string | null;
  details: Readonly<Record<string, unknown>>;
}

export interface HealthIndicatorsOptions {
  indicators: HealthIndicatorService;
  clock: Clock;
  statistics: FetchStatistics;
  intake: ReadingIntake;
  /** Why the configured meter is not used; undefined when it is. */
  fallbackReason: string | undefined;
  meterType: string;
  fetchIntervalS: number;
  isStreaming(): boolean;
  streams: boolean;
  delivery(): Promise<DeliverySummary>;
  journalDetails(): Readonly<Record<string, unknown>>;
  diskSpace(): Promise<DiskSpace>;
}

/** Readings are fresh while no more than this many intervals have passed without one. */
const FRESH_INTERVALS = 2;
const FRESH_GRACE_S = 60;
const LOW_DISK_BYTES = 200 * 1024 * 1024;

/** The checks of `/health`: healthy means that readings are fresh and stored. */
export class HealthIndicators {
  constructor(private readonly options: HealthIndicatorsOptions) {}

  /** For readiness: everything without which nothing is collected or kept. */
  readonly adapter = (): HealthIndicatorResult<'adapter'> => {
    const { indicators, statistics, fallbackReason, meterType, streams, isStreaming } = this.options;
    const check = indicators.check('adapter');
    const details = {
      meter_type: meterType,
      last_error: statistics.lastError,
      warnings: statistics.warnings,
      stale: statistics.stale.map(({ sourceId, lastReportedAt }) => ({
        source: sourceId,
        last_reported: lastReportedAt.toISOString(),
      })),
      ...(streams ? { stream: isStreaming() ? 'connected' : 'disconnected' } : {}),
    };
    if (fallbackReason !== undefined) {
      return check.degraded({ ...details, message: `the simulated household stands in: ${fallbackReason}` });
    }
    if (!this.isFresh()) return check.down({ ...details, message: 'no fresh reading' });
    const impaired =
      statistics.lastAttemptFailed || statistics.stale.length > 0 || (streams && !isStreaming());
    return impaired ? check.degraded(details) : check.up(details);
  };

  readonly journal = (): HealthIndicatorResult<'journal'> => {
    const { indicators, intake, journalDetails } = this.options;
    const check = indicators.check('journal');
    const details = {
      waiting_in_memory: intake.waitingCount,
      given_up: intake.givenUpCount,
      ...journalDetails(),
    };
    if (intake.inTrouble) return check.down({ ...details, message: 'readings cannot be stored' });
    return intake.givenUpCount > 0 ? check.degraded(details) : check.up(details);
  };

  readonly disk = async (): Promise<HealthIndicatorResult<'disk'>> => {
    const { indicators, diskSpace } = this.options;
    const check = indicators.check('disk');
    const { freeBytes, totalBytes } = await diskSpace();
    const details = { free_bytes: freeBytes, total_bytes: totalBytes };
    return freeBytes < LOW_DISK_BYTES
      ? check.degraded({ ...details, message: 'the disk is nearly full: free some space' })
      : check.up(details);
  };

  readonly delivery = async (): Promise<HealthIndicatorResult<'delivery'>> => {
    const summary = await this.options.delivery();
    const check = this.options.indicators.check('delivery');
    if (!summary.configured) return check.up({ state: 'not configured: the journal is the store' });
    const details = { state: summary.state, ...summary.details };
    return summary.alarm === null
      ? check.up(details)
      : check.degraded({ ...details, message: summary.alarm });
  };

  private isFresh(): boolean {
    const { statistics, clock, fetchIntervalS } = this.options;
    // Before the first answer the service is given one interval's grace from its start.
    const lastAtMs =
      statistics.lastSuccessAt?.getTime() ?? (statistics.lastAttemptFailed ? 0 : clock.now().getTime());
    return clock.now().getTime() - lastAtMs <= (FRESH_INTERVALS * fetchIntervalS + FRESH_GRACE_S) * 1000;
  }
}
