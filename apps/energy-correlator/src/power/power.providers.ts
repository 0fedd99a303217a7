import { Provider } from '@nestjs/common';
import { Journal } from '@smart-meter/journal';
import {
  FluxReadings,
  InfluxQlReadings,
  InfluxReadTarget,
  ReadingSource,
  SmartMeterApi,
} from '@smart-meter/reading-source';
import { Configuration } from '../configuration/configuration';
import { ServiceSettings } from '../configuration/settings';
import { CONFIGURATION, POWER_SOURCE } from '../tokens';
import { PowerRhythm } from './rhythm';

export const powerProviders: Provider[] = [
  { provide: POWER_SOURCE, inject: [CONFIGURATION], useFactory: makePowerSource },
  { provide: PowerRhythm, inject: [Journal], useFactory: (journal: Journal) => new PowerRhythm(journal) },
];

function makePowerSource({ settings, circuits }: Configuration): ReadingSource {
  const circuitIds = [...new Set(Object.values(circuits))];
  if (settings.powerSource === 'smart_meter') {
    return new SmartMeterApi({
      url: settings.smartMeterUrl,
      circuits: circuitIds,
      ...(settings.smartMeterToken === undefined ? {} : { token: settings.smartMeterToken.reveal() }),
    });
  }
  const target = influxReadTarget(settings, settings.influxBucket);
  const Readings = settings.influxQueryLanguage === 'flux' ? FluxReadings : InfluxQlReadings;
  return new Readings(target, { circuits: circuitIds });
}

/** The configuration makes sure that there is an address where one is needed. */
export function influxReadTarget(settings: ServiceSettings, bucket: string): InfluxReadTarget {
  const { influxUrl = '', influxToken, influxOrg, influxApi } = settings;
  return {
    url: influxUrl,
    bucket,
    org: influxOrg,
    api: influxApi,
    ...(influxToken === undefined ? {} : { token: influxToken.reveal() }),
  };
}
