import { Provider } from '@nestjs/common';
import { Journal } from '@smart-meter/journal';
import { Clock } from '@smart-meter/meter-adapter';
import { DeliveryMonitor, JournalMaintenance, OrderedLifecycle } from '@smart-meter/service';
import { Logger } from 'pino';
import { FetchStatistics } from './collection/fetch-statistics';
import { GapKeeper } from './collection/gap-keeper';
import { GapWatch } from './collection/gap-watch';
import { LiveStream } from './collection/live-stream';
import { ReadingIntake } from './collection/reading-intake';
import { ScheduledProvider } from './collection/scheduled-provider';
import { EventStream } from './http/event-stream';
import { ChosenMeter } from './meters/choose-meter';
import { ServiceMetrics } from './metrics/service-metrics';
import { CLOCK, LIVE_STREAM, LOGGER, METER } from './tokens';

/** What runs, in the order of starting; stopped in reverse: sources first, the journal last. */
export const lifecycleProvider: Provider = {
  provide: OrderedLifecycle,
  inject: [
    Journal,
    JournalMaintenance,
    DeliveryMonitor,
    ReadingIntake,
    METER,
    GapKeeper,
    GapWatch,
    ScheduledProvider,
    LIVE_STREAM,
    EventStream,
    ServiceMetrics,
    FetchStatistics,
    CLOCK,
    LOGGER,
  ],
  useFactory: (
    journal: Journal,
    maintenance: JournalMaintenance,
    delivery: DeliveryMonitor,
    intake: ReadingIntake,
    { meter, fallbackReason }: ChosenMeter,
    keeper: GapKeeper,
    watch: GapWatch,
    scheduled: ScheduledProvider,
    stream: LiveStream | null,
    eventStream: EventStream,
    metrics: ServiceMetrics,
    statistics: FetchStatistics,
    clock: Clock,
    logger: Logger,
  ) => {
    metrics.observe({
      statistics,
      intake,
      delivery,
      stream: eventStream,
      now: () => clock.now(),
    });
    return new OrderedLifecycle(
      [
        { name: 'journal', outlivesRequests: true, stop: () => journal.close() },
        { name: 'maintenance', start: () => maintenance.start(), stop: () => maintenance.stop() },
        { name: 'delivery', start: () => delivery.start(), stop: () => delivery.stop() },
        { name: 'intake', stop: () => intake.close() },
        { name: 'event stream', start: () => eventStream.start(), stop: () => eventStream.stop() },
        { name: 'meter', stop: () => meter.close() },
        { name: 'gaps', start: () => keeper.start(), stop: () => keeper.stop() },
        {
          name: 'gap watch',
          start: () =>
            fallbackReason === undefined && meter.meterType !== 'generic' ? watch.start() : undefined,
        },
        { name: 'schedule', start: () => scheduled.start(), stop: () => scheduled.stop() },
        { name: 'stream', start: () => stream?.start(), stop: () => stream?.stop() },
      ],
      logger,
    );
  },
};
