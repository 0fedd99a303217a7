import { Provider } from '@nestjs/common';
import { Delivery, InfluxTarget } from '@smart-meter/influx-writer';
import { Journal } from '@smart-meter/journal';
import { Clock } from '@smart-meter/meter-adapter';
import { Logger } from 'pino';
import { Configuration } from '../configuration/configuration';
import { ServiceSettings } from '../configuration/settings';
import { CLOCK, CONFIGURATION, LOGGER } from '../tokens';
import { DeliveryMonitor } from './delivery-monitor';

export const deliveryProviders: Provider[] = [
  {
    provide: DeliveryMonitor,
    inject: [Journal, CONFIGURATION, LOGGER, CLOCK],
    useFactory: (journal: Journal, { settings }: Configuration, logger: Logger, clock: Clock) => {
      const target = influxTarget(settings);
      if (!target) return new DeliveryMonitor(journal, null);
      const delivery = new Delivery({
        outbox: journal.outbox,
        target,
        clock,
        log: (level, message, details) => logger[level](details ?? {}, message),
      });
      return new DeliveryMonitor(journal, delivery);
    },
  },
];

/** Where answers are delivered; undefined where the journal is the only store. */
function influxTarget(settings: ServiceSettings): InfluxTarget | undefined {
  const { influxUrl, influxToken, influxOrg, influxBucket, influxApi } = settings;
  if (influxUrl === undefined) return undefined;
  return {
    url: influxUrl,
    bucket: influxBucket,
    api: influxApi,
    ...(influxOrg === '' ? {} : { org: influxOrg }),
    ...(influxToken === undefined ? {} : { token: influxToken.reveal() }),
  };
}
