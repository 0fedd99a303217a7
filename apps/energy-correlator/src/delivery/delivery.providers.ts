import { Provider } from '@nestjs/common';
import { Delivery } from '@smart-meter/influx-writer';
import { Journal } from '@smart-meter/journal';
import { Clock } from '@smart-meter/meter-adapter';
import { DeliveryMonitor, influxTarget, logTo } from '@smart-meter/service';
import { Logger } from 'pino';
import { Configuration } from '../configuration/configuration';
import { CLOCK, CONFIGURATION, LOGGER } from '../tokens';

export const deliveryProviders: Provider[] = [
  {
    provide: DeliveryMonitor,
    inject: [Journal, CONFIGURATION, LOGGER, CLOCK],
    useFactory: (journal: Journal, { settings }: Configuration, logger: Logger, clock: Clock) => {
      const target = influxTarget(settings);
      if (!target) return new DeliveryMonitor(journal.outbox, null);
      const delivery = new Delivery({ outbox: journal.outbox, target, clock, log: logTo(logger) });
      return new DeliveryMonitor(journal.outbox, delivery);
    },
  },
];
