import { Controller, Get, Inject, Res } from '@nestjs/common';
import { HealthCheckService } from '@nestjs/terminus';
import { HealthReport, healthReport, Readiness, readiness } from '@smart-meter/service';
import type { Response } from 'express';
import { Processor } from '../correlation/processor';
import { ScheduledProcessing } from '../correlation/scheduled-processing';
import { HealthIndicators } from './health-indicators';

export interface CorrelatorHealth extends HealthReport {
  last_successful_run: string | null;
  /** All runs since the last reset, also those that failed. */
  total_runs: number;
  failed_runs: number;
  /** (total − failed) / total, from 0 to 1; 1 before the first run. */
  success_rate: number;
}

@Controller('health')
export class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly terminus: HealthCheckService,
    @Inject(HealthIndicators) private readonly indicators: HealthIndicators,
    @Inject(ScheduledProcessing) private readonly processing: ScheduledProcessing,
    @Inject(Processor) private readonly processor: Processor,
  ) {}

  @Get()
  async health(@Res({ passthrough: true }) response: Response): Promise<CorrelatorHealth> {
    const { processing, events, prices, disk, delivery } = this.indicators;
    const report = await healthReport(
      'energy-correlator',
      this.terminus.check([processing, events, prices, disk, delivery]),
      response,
    );
    const { runs, failedRuns } = this.processor.counts;
    const total = runs + failedRuns;
    return {
      ...report,
      last_successful_run: this.processing.lastSuccessAt?.toISOString() ?? null,
      total_runs: total,
      failed_runs: failedRuns,
      success_rate: total === 0 ? 1 : runs / total,
    };
  }

  /** The process answers. */
  @Get('live')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** Events are answered and stored. */
  @Get('ready')
  ready(@Res({ passthrough: true }) response: Response): Promise<Readiness> {
    return readiness(this.terminus.check([this.indicators.processing]), response);
  }
}
