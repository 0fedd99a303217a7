import { Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { CorrelationEngine } from '@smart-meter/correlation';
import { NightlyPass } from '../correlation/nightly-pass';
import { Processor } from '../correlation/processor';
import { EventInbox } from '../events/event-inbox';
import { EnergyPrices, PriceStatus } from '../prices/energy-prices';

export interface StatisticsAnswer {
  since: string;
  /** Until when events have been answered; null before the first run. */
  processed_until: string | null;
  second_pass_until: string | null;
  /** Events that were taken, by what became of them. */
  events: Record<string, number>;
  waiting_events: number;
  answers: number;
  attributed: number;
  /** Share of the answers that a change is attributed in; null before the first. */
  correlation_rate: number | null;
  revisions: number;
  runs: number;
  failed_runs: number;
  learned_entities: number;
  /** Where prices come from, and how far they are known. */
  price: PriceStatus;
}

@Controller('statistics')
export class StatisticsController {
  constructor(
    @Inject(Processor) private readonly processor: Processor,
    @Inject(NightlyPass) private readonly nightly: NightlyPass,
    @Inject(EnergyPrices) private readonly prices: EnergyPrices,
    @Inject(EventInbox) private readonly inbox: EventInbox,
  ) {}

  @Get()
  statistics(): StatisticsAnswer {
    const { counts, processedUntil, method } = this.processor;
    const learned = method instanceof CorrelationEngine ? method.effects() : [];
    return {
      since: new Date(counts.sinceMs).toISOString(),
      processed_until: processedUntil?.toISOString() ?? null,
      second_pass_until: this.nightly.doneUntil?.toISOString() ?? null,
      events: counts.events,
      waiting_events: this.inbox.waitingCount(),
      answers: counts.answers,
      attributed: counts.attributed,
      correlation_rate: counts.answers === 0 ? null : counts.attributed / counts.answers,
      revisions: counts.revisions,
      runs: counts.runs,
      failed_runs: counts.failedRuns,
      learned_entities: new Set(learned.map(({ entityId }) => entityId)).size,
      price: this.prices.status,
    };
  }

  /** Counts from zero again; what was learned and answered stays. */
  @Post('reset')
  @HttpCode(200)
  reset(): StatisticsAnswer {
    this.processor.resetCounts();
    return this.statistics();
  }
}
