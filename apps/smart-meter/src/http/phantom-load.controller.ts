import { Controller, Get, Inject } from '@nestjs/common';
import { Journal, phantomLoad } from '@smart-meter/journal';
import type { Clock } from '@smart-meter/meter-adapter';
import type { Configuration } from '../configuration/configuration';
import { CLOCK, CONFIGURATION } from '../tokens';

export interface PhantomLoadAnswer {
  /** What the home draws when nobody uses anything, W; null before there are enough nights. */
  power_w: number | null;
  /** Nights that it was computed from. */
  nights: number;
  kwh_per_year: number | null;
  cost_per_year: number | null;
  currency: string;
}

const HOURS_PER_YEAR = 8_766;
const NIGHTS_MS = 30 * 86_400_000;

@Controller('phantom-load')
export class PhantomLoadController {
  constructor(
    @Inject(Journal) private readonly journal: Journal,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  answer(): PhantomLoadAnswer {
    const { meterId, timeZone, settings } = this.configuration;
    const home = this.journal.findSeries({ meterId, quantity: 'totalPowerW', circuitId: null });
    const to = this.clock.now();
    const { powerW, nights } = phantomLoad(
      { from: new Date(to.getTime() - NIGHTS_MS), to },
      timeZone,
      (night) => (home ? this.journal.rollups(home.id, '5m', night) : []),
    );
    const kwhPerYear = powerW === null ? null : (powerW * HOURS_PER_YEAR) / 1000;
    return {
      power_w: powerW,
      nights,
      kwh_per_year: kwhPerYear,
      cost_per_year:
        kwhPerYear === null || settings.energyPrice === undefined ? null : kwhPerYear * settings.energyPrice,
      currency: settings.currency,
    };
  }
}
