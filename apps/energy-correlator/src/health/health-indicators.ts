import { HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { Clock } from '@smart-meter/meter-adapter';
import { checkDelivery, checkDisk, DeliveryMonitor, DiskSpace } from '@smart-meter/service';
import { ScheduledProcessing } from '../correlation/scheduled-processing';
import { EventFeed } from '../events/event-feed';
import { PriceStatus } from '../prices/energy-prices';

export interface HealthIndicatorsOptions {
  indicators: HealthIndicatorService;
  clock: Clock;
  processing: ScheduledProcessing;
  feed: EventFeed;
  delivery: DeliveryMonitor;
  intervalS: number;
  startedAt: Date;
  processedUntil(): Date | null;
  waitingEvents(): number;
  /** null before slow samples could be told; false = they are not what their source declares. */
  semanticsAgree(): boolean | null;
  diskSpace(): Promise<DiskSpace>;
  prices(): PriceStatus;
}

/** Answers are fresh while no more than this many intervals have passed without a good run. */
const FRESH_INTERVALS = 3;
const FRESH_GRACE_S = 120;

/** The checks of `/health`: healthy means that events are answered and stored. */
export class HealthIndicators {
  constructor(private readonly options: HealthIndicatorsOptions) {}

  readonly processing = (): HealthIndicatorResult<'processing'> => {
    const { indicators, processing, clock, startedAt, intervalS, processedUntil, semanticsAgree } =
      this.options;
    const check = indicators.check('processing');
    const details = {
      processed_until: processedUntil()?.toISOString() ?? null,
      last_error: processing.lastError,
      samples_as_declared: semanticsAgree(),
    };
    const quietS = (clock.now().getTime() - (processing.lastSuccessAt ?? startedAt).getTime()) / 1000;
    if (quietS > FRESH_INTERVALS * intervalS + FRESH_GRACE_S) {
      return check.down({ ...details, message: 'events are not answered' });
    }
    if (semanticsAgree() === false) {
      return check.degraded({
        ...details,
        message: 'the power samples are not averaged as their source declares',
      });
    }
    return processing.lastError === null ? check.up(details) : check.degraded(details);
  };

  readonly events = (): HealthIndicatorResult<'events'> => {
    const { indicators, feed, waitingEvents } = this.options;
    const check = indicators.check('events');
    const details = { source: feed.name, connected: feed.isConnected, waiting: waitingEvents() };
    return feed.isConnected === false ? check.degraded(details) : check.up(details);
  };

  readonly prices = (): HealthIndicatorResult<'prices'> => {
    const check = this.options.indicators.check('prices');
    const { problem, ...details } = this.options.prices();
    const isAtFault =
      problem !== null && (details.source === 'PRICE_ENTITY' || details.source === 'energy_dashboard');
    return isAtFault ? check.degraded({ ...details, message: problem }) : check.up(details);
  };

  readonly disk = async (): Promise<HealthIndicatorResult<'disk'>> =>
    checkDisk(this.options.indicators, await this.options.diskSpace());

  readonly delivery = async (): Promise<HealthIndicatorResult<'delivery'>> =>
    checkDelivery(this.options.indicators, await this.options.delivery.summary());
}
