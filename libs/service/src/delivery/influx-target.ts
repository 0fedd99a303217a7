import { Secret } from '@smart-meter/meter-adapter';

/** The settings that name an InfluxDB to write to, the same in both services. */
export interface InfluxSettings {
  influxUrl: string | undefined;
  influxToken: Secret | undefined;
  /** Empty for none. */
  influxOrg: string;
  influxBucket: string;
  influxApi: 'v2' | 'v1';
}

/** Where lines are delivered, with its secret revealed. */
export interface DeliveryTarget {
  url: string;
  token?: string;
  org?: string;
  bucket: string;
  api: 'v2' | 'v1';
}

/** Where a service delivers; undefined where the journal is the only store. */
export function influxTarget(settings: InfluxSettings): DeliveryTarget | undefined {
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
