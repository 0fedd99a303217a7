import { Controller, Get, Inject, Res } from '@nestjs/common';
import { HealthCheckService } from '@nestjs/terminus';
import { HealthReport, healthReport, Readiness, readiness } from '@smart-meter/service';
import type { Response } from 'express';
import { FetchStatistics } from '../collection/fetch-statistics';
import { HealthIndicators } from './health-indicators';

export interface SmartMeterHealth extends HealthReport {
  last_successful_fetch: string | null;
  /** All attempts, also those that failed. */
  total_fetches: number;
  failed_fetches: number;
  /** (total − failed) / total, from 0 to 1; 1 before the first attempt. */
  success_rate: number;
}

@Controller('health')
export class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly terminus: HealthCheckService,
    @Inject(HealthIndicators) private readonly indicators: HealthIndicators,
    @Inject(FetchStatistics) private readonly statistics: FetchStatistics,
  ) {}

  @Get()
  async health(@Res({ passthrough: true }) response: Response): Promise<SmartMeterHealth> {
    const { adapter, journal, disk, delivery } = this.indicators;
    const report = await healthReport(
      'smart-meter',
      this.terminus.check([adapter, journal, disk, delivery]),
      response,
    );
    const { lastSuccessAt, totalFetches, failedFetches, successRate } = this.statistics;
    return {
      ...report,
      last_successful_fetch: lastSuccessAt?.toISOString() ?? null,
      total_fetches: totalFetches,
      failed_fetches: failedFetches,
      success_rate: successRate,
    };
  }

  /** The process answers. */
  @Get('live')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** Readings can be taken and stored. */
  @Get('ready')
  ready(@Res({ passthrough: true }) response: Response): Promise<Readiness> {
    return readiness(this.terminus.check([this.indicators.journal]), response);
  }
}
