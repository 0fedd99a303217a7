import { Controller, Get, Inject } from '@nestjs/common';
import type { Clock } from '@smart-meter/meter-adapter';
import { Consumption } from '../collection/consumption';
import { FetchStatistics } from '../collection/fetch-statistics';
import { CLOCK } from '../tokens';
import { ReadingAnswer, readingAnswer } from './answers/reading-answer';

export interface ConsumptionAnswer extends ReadingAnswer {
  total_power_w: number | null;
  daily_kwh: number | null;
  age_seconds: number;
  /** What a user should know about the meter, a sentence each. */
  warnings: readonly string[];
  /** Sources that have not been heard of for too long. */
  stale: { source: string; last_reported: string }[];
}

@Controller('consumption')
export class ConsumptionController {
  constructor(
    @Inject(Consumption) private readonly consumption: Consumption,
    @Inject(FetchStatistics) private readonly statistics: FetchStatistics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  async current(): Promise<ConsumptionAnswer> {
    const reading = await this.consumption.current();
    const ageMs = this.clock.now().getTime() - reading.observedAt.getTime();
    return {
      total_power_w: null,
      daily_kwh: null,
      ...readingAnswer(reading),
      age_seconds: Math.max(0, ageMs / 1000),
      warnings: this.statistics.warnings,
      stale: this.statistics.stale.map(({ sourceId, lastReportedAt }) => ({
        source: sourceId,
        last_reported: lastReportedAt.toISOString(),
      })),
    };
  }
}
