import { Provider } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { CorrelationEngine } from '@smart-meter/correlation';
import { Clock } from '@smart-meter/meter-adapter';
import { DeliveryMonitor, diskSpaceOf } from '@smart-meter/service';
import { Configuration } from '../configuration/configuration';
import { Processor } from '../correlation/processor';
import { ScheduledProcessing } from '../correlation/scheduled-processing';
import { EventFeed } from '../events/event-feed';
import { EventInbox } from '../events/event-inbox';
import { EnergyPrices } from '../prices/energy-prices';
import { CLOCK, CONFIGURATION, EVENT_FEED } from '../tokens';
import { HealthIndicators } from './health-indicators';

export const healthProviders: Provider[] = [
  {
    provide: HealthIndicators,
    inject: [
      HealthIndicatorService,
      CLOCK,
      ScheduledProcessing,
      EVENT_FEED,
      DeliveryMonitor,
      CONFIGURATION,
      Processor,
      EventInbox,
      EnergyPrices,
    ],
    useFactory: (
      indicators: HealthIndicatorService,
      clock: Clock,
      processing: ScheduledProcessing,
      feed: EventFeed,
      delivery: DeliveryMonitor,
      { settings }: Configuration,
      processor: Processor,
      inbox: EventInbox,
      prices: EnergyPrices,
    ) =>
      new HealthIndicators({
        indicators,
        clock,
        processing,
        feed,
        delivery,
        intervalS: settings.processingIntervalSeconds,
        startedAt: clock.now(),
        processedUntil: () => processor.processedUntil,
        waitingEvents: () => inbox.waitingCount(),
        semanticsAgree: () => {
          const { method } = processor;
          return method instanceof CorrelationEngine ? method.checkSemantics().agrees : null;
        },
        prices: () => prices.status,
        diskSpace: () => diskSpaceOf(settings.dataDir),
      }),
  },
];
