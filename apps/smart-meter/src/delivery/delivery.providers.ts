import { Provider } from '@nestjs/common';
import { Delivery, encodeReading } from '@smart-meter/influx-writer';
import { Journal } from '@smart-meter/journal';
import { Clock } from '@smart-meter/meter-adapter';
import { DeliveryMonitor, influxTarget, logTo } from '@smart-meter/service';
import { Logger } from 'pino';
import { ReadingEncoder } from '../collection/journal-store';
import { Configuration } from '../configuration/configuration';
import { CLOCK, CONFIGURATION, LOGGER } from '../tokens';

export const READING_ENCODER = Symbol('reading encoder');

export const deliveryProviders: Provider[] = [
  {
    provide: READING_ENCODER,
    inject: [CONFIGURATION],
    useFactory: ({ settings, meterType }: Configuration): ReadingEncoder => {
      if (settings.influxUrl === undefined) return () => undefined;
      const encoding = { meterType, tagMeterId: false, allowSynthetic: settings.influxWriteSimulated };
      return (reading) => {
        const lines = encodeReading(reading, encoding);
        return lines.lineCount === 0 ? undefined : lines;
      };
    },
  },
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
