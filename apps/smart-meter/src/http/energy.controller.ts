import { Controller, Get, Inject, Query } from '@nestjs/common';
import { CALENDAR_UNITS, type CalendarUnit, type EnergyPeriod, Journal } from '@smart-meter/journal';
import type { Clock } from '@smart-meter/meter-adapter';
import { PeriodQuery, periodOf } from '@smart-meter/service';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import type { Configuration } from '../configuration/configuration';
import { CLOCK, CONFIGURATION } from '../tokens';
import { seriesKey } from './answers/step-answer';

export class EnergyQueryParameters extends PeriodQuery {
  @IsOptional()
  @IsIn(CALENDAR_UNITS)
  per: CalendarUnit = 'day';

  /** `none`, `all`, or ids separated by commas. */
  @IsOptional()
  @IsString()
  @MaxLength(4_000)
  circuits: string = 'none';
}

export interface EnergyAnswer {
  per: CalendarUnit;
  time_zone: string;
  /** Per kWh, and in what; null where no price is set. */
  price: { per_kwh: number; currency: string } | null;
  series: {
    /** `home`, `grid`, `solar`, `battery` or `circuit:<id>`. */
    series: string;
    name: string | null;
    periods: EnergyPeriodAnswer[];
  }[];
}

export interface EnergyPeriodAnswer {
  /** Local date that the period starts on. */
  date: string;
  start: string;
  end: string;
  energy_kwh: number;
  /** By the meter's own counter, summed up from power, or days of both kinds. */
  source: EnergyPeriod['source'];
  /** Export, or charge of a battery. */
  negative_kwh: number;
  cost: number | null;
  /** For how much of the period the power is known. */
  covered_s: number;
}

const DEFAULT_PERIOD_MS = 31 * 86_400_000;

@Controller('energy')
export class EnergyController {
  constructor(
    @Inject(Journal) private readonly journal: Journal,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  energy(@Query() query: EnergyQueryParameters): EnergyAnswer {
    const period = periodOf(query, this.clock.now(), DEFAULT_PERIOD_MS);
    const { energyPrice, currency } = this.configuration.settings;
    const wanted = new Set(query.circuits.split(','));
    const series = this.journal
      .series(this.configuration.meterId)
      .filter(({ quantity }) => quantity.endsWith('PowerW'))
      .filter(({ circuitId }) => circuitId === null || query.circuits === 'all' || wanted.has(circuitId));
    return {
      per: query.per,
      time_zone: this.configuration.timeZone,
      price: energyPrice === undefined ? null : { per_kwh: energyPrice, currency },
      series: series.map((one) => ({
        series: seriesKey(one),
        name: one.name,
        periods: this.journal
          .energy(one.id, query.per, period)
          .map((energy) => periodAnswer(energy, energyPrice)),
      })),
    };
  }
}

function periodAnswer(energy: EnergyPeriod, pricePerKwh: number | undefined): EnergyPeriodAnswer {
  return {
    date: energy.date,
    start: new Date(energy.startMs).toISOString(),
    end: new Date(energy.endMs).toISOString(),
    energy_kwh: energy.energyKwh,
    source: energy.source,
    negative_kwh: energy.negativeKwh,
    cost: pricePerKwh === undefined ? null : energy.energyKwh * pricePerKwh,
    covered_s: energy.coveredS,
  };
}
