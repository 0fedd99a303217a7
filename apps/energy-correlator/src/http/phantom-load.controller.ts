import { Controller, Get, Inject, Query } from '@nestjs/common';
import { Journal, phantomLoad } from '@smart-meter/journal';
import type { Clock } from '@smart-meter/meter-adapter';
import { NumberParameter } from '@smart-meter/service';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { Configuration } from '../configuration/configuration';
import { meanPrice } from '../devices/tariff';
import { POWER_METER_ID } from '../power/power-samples';
import { EnergyPrices } from '../prices/energy-prices';
import { CLOCK, CONFIGURATION } from '../tokens';

export class PhantomLoadQuery {
  /** How many nights are looked at. */
  @IsOptional()
  @NumberParameter()
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
  /** At the mean price of the nights' period; null where no price of it is known. */
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
    @Inject(EnergyPrices) private readonly prices: EnergyPrices,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  phantomLoad(@Query() { nights }: PhantomLoadQuery): PhantomLoadAnswer {
    const { timeZone } = this.configuration;
    const now = this.clock.now();
    const series = (['totalPowerW', 'gridPowerW'] as const)
      .map((quantity) => this.journal.findSeries({ meterId: POWER_METER_ID, quantity, circuitId: null }))
      .find((found) => found !== undefined);
    const period = { from: new Date(now.getTime() - nights * DAY_MS), to: now };
    const found = phantomLoad(period, timeZone, (night) =>
      series ? this.journal.rollups(series.id, '5m', night) : [],
    );
    const { powerW } = found;
    const kwhPerYear = powerW === null ? null : (powerW * HOURS_PER_YEAR) / 1000;
    const tariff = this.prices.tariff(period.from.getTime(), period.to.getTime());
    const price = tariff && meanPrice(tariff, period.from.getTime(), period.to.getTime());
    return {
      power_w: powerW,
      nights: found.nights,
      kwh_per_year: kwhPerYear,
      cost_per_year: kwhPerYear === null || price === null ? null : kwhPerYear * price,
      currency: this.prices.currency,
    };
  }
}
