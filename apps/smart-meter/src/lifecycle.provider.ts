import { Provider } from '@nestjs/common';
import { Journal } from '@smart-meter/journal';
import { OrderedLifecycle } from '@smart-meter/service';
import { Logger } from 'pino';
import { LiveStream } from './collection/live-stream';
import { ReadingIntake } from './collection/reading-intake';
import { ScheduledProvider } from './collection/scheduled-provider';
import { DeliveryMonitor } from './delivery/delivery-monitor';
import { ChosenMeter } from './meters/choose-meter';
import { LIVE_STREAM, LOGGER, METER } from './tokens';

/** What runs, in the order of starting; stopped in reverse: sources first, the journal last. */
export const lifecycleProvider: Provider = {
  provide: OrderedLifecycle,
  inject: [Journal, DeliveryMonitor, ReadingIntake, METER, ScheduledProvider, LIVE_STREAM, LOGGER],
  useFactory: (
    journal: Journal,
    delivery: DeliveryMonitor,
    intake: ReadingIntake,
    { meter }: ChosenMeter,
    scheduled: ScheduledProvider,
    stream: LiveStream | null,
    logger: Logger,
  ) =>
    new OrderedLifecycle(
      [
        { name: 'journal', outlivesRequests: true, stop: () => journal.close() },
        { name: 'delivery', start: () => delivery.start(), stop: () => delivery.stop() },
        { name: 'intake', stop: () => intake.close() },
        { name: 'meter', stop: () => meter.close() },
        { name: 'schedule', start: () => scheduled.start(), stop: () => scheduled.stop() },
        { name: 'stream', start: () => stream?.start(), stop: () => stream?.stop() },
      ],
      logger,
    ),
};
