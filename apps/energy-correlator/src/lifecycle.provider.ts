import { Provider } from '@nestjs/common';
import { Journal } from '@smart-meter/journal';
import { Clock } from '@smart-meter/meter-adapter';
import { DeliveryMonitor, JournalMaintenance, OrderedLifecycle } from '@smart-meter/service';
import { Logger } from 'pino';
import { Processor } from './correlation/processor';
import { ScheduledProcessing } from './correlation/scheduled-processing';
import { EventFeed } from './events/event-feed';
import { EventInbox } from './events/event-inbox';
import { ServiceMetrics } from './metrics/service-metrics';
import { CLOCK, EVENT_FEED, LOGGER } from './tokens';

/** What runs, in the order of starting; stopped in reverse: sources first, the journal last. */
export const lifecycleProvider: Provider = {
  provide: OrderedLifecycle,
  inject: [
    Journal,
    JournalMaintenance,
    DeliveryMonitor,
    EVENT_FEED,
    EventInbox,
    Processor,
    ScheduledProcessing,
    ServiceMetrics,
    CLOCK,
    LOGGER,
  ],
  useFactory: (
    journal: Journal,
    maintenance: JournalMaintenance,
    delivery: DeliveryMonitor,
    feed: EventFeed,
    inbox: EventInbox,
    processor: Processor,
    processing: ScheduledProcessing,
    metrics: ServiceMetrics,
    clock: Clock,
    logger: Logger,
  ) => {
    metrics.observe({
      counts: () => processor.counts,
      processedUntil: () => processor.processedUntil,
      waitingEvents: () => inbox.waitingCount(),
      eventsConnected: () => feed.isConnected,
      delivery,
      now: () => clock.now(),
    });
    return new OrderedLifecycle(
      [
        { name: 'journal', outlivesRequests: true, stop: () => journal.close() },
        { name: 'maintenance', start: () => maintenance.start(), stop: () => maintenance.stop() },
        { name: 'delivery', start: () => delivery.start(), stop: () => delivery.stop() },
        { name: 'events', start: () => feed.start(), stop: () => feed.stop() },
        { name: 'processing', start: () => processing.start(), stop: () => processing.stop() },
      ],
      logger,
    );
  },
};
