import { defineSettings, SettingValues } from '@smart-meter/meter-adapter';
import { accessSettings, influxAccessSettings } from '@smart-meter/service';

const MINUTE_S = 60;
const DAY_S = 86_400;
const MEBIBYTE = 1024 * 1024;

/** Every setting of the service itself; each kind of meter adds its own. */
export const serviceSettings = defineSettings({
  servicePort: {
    kind: 'integer',
    variable: 'SERVICE_PORT',
    description: 'the port that the page and the API listen on',
    min: 1,
    max: 65_535,
    default: 8014,
  },
  ...accessSettings,
  meterType: {
    kind: 'text',
    variable: 'METER_TYPE',
    description: 'the kind of meter; by default home_assistant once its URL is set, else generic (simulated)',
  },
  meterDeviceId: {
    kind: 'text',
    variable: 'METER_DEVICE_ID',
    description: 'the id that this meter has in your data; by default its kind',
  },
  fetchIntervalSeconds: {
    kind: 'integer',
    variable: 'FETCH_INTERVAL_SECONDS',
    description: 'how often the meter is asked, in seconds; live streams come on top',
    min: 10,
    max: DAY_S,
    default: 5 * MINUTE_S,
  },
  timeZone: {
    kind: 'text',
    variable: 'TIME_ZONE',
    description: 'the IANA time zone that days begin in, such as Europe/Berlin; by default the machine’s',
  },
  dataDir: {
    kind: 'text',
    variable: 'DATA_DIR',
    description: 'the folder of the journal; one service per folder',
    default: './data',
  },
  journalRetentionDays: {
    kind: 'integer',
    variable: 'JOURNAL_RETENTION_DAYS',
    description:
      'how long single readings are kept, in days; 5-minute, hourly and daily values are kept for ever',
    min: 1,
    max: 3650,
    default: 30,
  },
  backfillDays: {
    kind: 'integer',
    variable: 'BACKFILL_DAYS',
    description: 'how far back the meter’s own history is read on the first start, in days; 0 for not at all',
    min: 0,
    max: 3650,
    default: 10,
  },
  outboxMaxBytes: {
    kind: 'integer',
    variable: 'OUTBOX_MAX_BYTES',
    description:
      'how much may wait for InfluxDB on disk, in bytes; past it the oldest is dropped and counted',
    min: MEBIBYTE,
    max: 1024 * 1024 * MEBIBYTE,
    default: 2048 * MEBIBYTE,
  },
  influxUrl: {
    kind: 'url',
    variable: 'INFLUXDB_URL',
    description: 'the address of InfluxDB 1.8, 2.x or 3; unset, the journal is the only store',
  },
  ...influxAccessSettings,
  influxBucket: {
    kind: 'text',
    variable: 'INFLUXDB_BUCKET',
    description: 'the bucket (2.x), database (3) or database/retention-policy (1.x)',
    default: 'home',
  },
  influxWriteSimulated: {
    kind: 'flag',
    variable: 'INFLUXDB_WRITE_SIMULATED',
    description: 'whether values of the simulated household may be written to InfluxDB',
    default: false,
  },
  energyPrice: {
    kind: 'number',
    variable: 'ENERGY_PRICE',
    description: 'what a kWh costs, for the cost on the page; in CURRENCY',
    min: 0,
    max: 1_000_000,
  },
  currency: {
    kind: 'text',
    variable: 'CURRENCY',
    description: 'the currency of ENERGY_PRICE, such as EUR',
    default: 'EUR',
  },
  correlatorUrl: {
    kind: 'url',
    variable: 'CORRELATOR_URL',
    description: 'the address of energy-correlator, whose events the page shows on the power chart',
  },
  correlatorToken: {
    kind: 'secret',
    variable: 'CORRELATOR_TOKEN',
    description: 'the API_TOKEN of energy-correlator, where it has one',
  },
});

export type ServiceSettings = SettingValues<typeof serviceSettings>;
