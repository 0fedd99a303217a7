import { Controller, Get, Inject, Query } from '@nestjs/common';
import { Journal, phantomLoad } from '@smart-meter/journal';
import type { Clock } from '@smart-meter/meter-adapter';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { Configuration } from '../configuration/configuration';
import { yearlyCost } from '../devices/yearly-cost';
import { POWER_METER_ID } from '../power/power-samples';
import { CLOCK, CONFIGURATION } from '../tokens';

export class PhantomLoadQuery {
  /** How many nights are looked at. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(3)
  @Max(366)
  nights: number = 30;
}

export interface PhantomLoadAnswer {
  /** What the home draws when nobody uses anything, W; null with too few nights. */
  power_w: number | null;
  nights: number;
  kwh_per_year: number | null;
  cost_per_year: number | null;
  currency: string | null;
}

const DAY_MS = 86_400_000;
const HOURS_PER_YEAR = 8_766;

@Controller('phantom-load')
export class PhantomLoadController {
  constructor(
    @Inject(Journal) private readonly journal: Journal,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  phantomLoad(@Query() { nights }: PhantomLoadQuery): PhantomLoadAnswer {
    const { timeZone, tariff } = this.configuration;
    const now = this.clock.now();
    const series = (['totalPowerW', 'gridPowerW'] as const)
      .map((quantity) => this.journal.findSeries({ meterId: POWER_METER_ID, quantity, circuitId: null }))
      .find((found) => found !== undefined);
    const period = { from: new Date(now.getTime() - nights * DAY_MS), to: now };
    const found = phantomLoad(series ? this.journal.rollups(series.id, '5m', period) : [], timeZone);
    const { powerW } = found;
    return {
      power_w: powerW,
      nights: found.nights,
      kwh_per_year: powerW === null ? null : (powerW * HOURS_PER_YEAR) / 1000,
      cost_per_year: powerW === null || tariff === null ? null : yearlyCost(tariff, powerW, now.getTime()),
      currency: tariff?.currency ?? null,
    };
  }
}
