import { HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { RecoveryReport } from '@smart-meter/journal';
import { Clock } from '@smart-meter/meter-adapter';
import { checkDelivery, checkDisk, DeliverySummary, DiskSpace } from '@smart-meter/service';
import { FetchStatistics } from '../collection/fetch-statistics';
import { ReadingIntake } from '../collection/reading-intake';

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
  /** What was damaged and repaired since the start; undefined = nothing. */
  journalRecovery(): RecoveryReport | undefined;
  diskSpace(): Promise<DiskSpace>;
}

/** Without a live stream, readings are fresh while no more than this many intervals have passed without one. */
const FRESH_INTERVALS = 2;
const FRESH_GRACE_S = 60;

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
    const recovery = this.options.journalRecovery();
    const check = indicators.check('journal');
    const details = {
      waiting_in_memory: intake.waitingCount,
      given_up: intake.givenUpCount,
      ...journalDetails(),
    };
    if (intake.inTrouble) return check.down({ ...details, message: 'readings cannot be stored' });
    if (recovery) {
      const message = 'the journal was damaged and is repaired: see what was set aside, then restart';
      return check.degraded({ ...details, message, repaired: repairDetails(recovery) });
    }
    return intake.givenUpCount > 0 ? check.degraded(details) : check.up(details);
  };

  readonly disk = async (): Promise<HealthIndicatorResult<'disk'>> =>
    checkDisk(this.options.indicators, await this.options.diskSpace());

  readonly delivery = async (): Promise<HealthIndicatorResult<'delivery'>> =>
    checkDelivery(this.options.indicators, await this.options.delivery());

  private isFresh(): boolean {
    const { statistics, clock, fetchIntervalS, isStreaming } = this.options;
    if (isStreaming()) return true;
    // While the first question is open there is no verdict yet.
    const lastAtMs =
      statistics.lastSuccessAt?.getTime() ?? (statistics.lastAttemptFailed ? 0 : clock.now().getTime());
    return clock.now().getTime() - lastAtMs <= (FRESH_INTERVALS * fetchIntervalS + FRESH_GRACE_S) * 1000;
  }
}

function repairDetails({ at, reason, setAside }: RecoveryReport): Readonly<Record<string, unknown>> {
  return { at: at.toISOString(), reason, set_aside: setAside };
}
