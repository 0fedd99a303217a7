import { defineSettings, SettingValues } from '@smart-meter/meter-adapter';
import { accessSettings, influxAccessSettings } from '@smart-meter/service';

const DAY_MINUTES = 24 * 60;
const MEBIBYTE = 1024 * 1024;

/** Every setting of the service. */
export const serviceSettings = defineSettings({
  servicePort: {
    kind: 'integer',
    variable: 'SERVICE_PORT',
    description: 'the port that the API listens on',
    min: 1,
    max: 65_535,
    default: 8017,
  },
  ...accessSettings,
  timeZone: {
    kind: 'text',
    variable: 'TIME_ZONE',
    description: 'the IANA time zone that nights and tariffs follow; by default the machine’s',
  },
  dataDir: {
    kind: 'text',
    variable: 'DATA_DIR',
    description: 'the folder of the store; may be the same as smart-meter’s',
    default: './data',
  },
  retentionDays: {
    kind: 'integer',
    variable: 'JOURNAL_RETENTION_DAYS',
    description:
      'how long single samples and the events themselves are kept, in days; answers are kept for ever',
    min: 2,
    max: 3650,
    default: 30,
  },
  outboxMaxBytes: {
    kind: 'integer',
    variable: 'OUTBOX_MAX_BYTES',
    description:
      'how much may wait for InfluxDB on disk, in bytes; past it the oldest is dropped and counted',
    min: MEBIBYTE,
    max: 1024 * 1024 * MEBIBYTE,
    default: 256 * MEBIBYTE,
  },
  processingIntervalSeconds: {
    kind: 'integer',
    variable: 'PROCESSING_INTERVAL',
    description: 'how often new events are answered, in seconds',
    min: 1,
    max: 3600,
    default: 60,
  },
  lookbackMinutes: {
    kind: 'integer',
    variable: 'LOOKBACK_MINUTES',
    description:
      'how far back power and events are read again in each run, and where the first run starts, in minutes',
    min: 1,
    max: DAY_MINUTES,
    default: 10,
  },
  correlationMethod: {
    kind: 'choice',
    variable: 'CORRELATION_METHOD',
    description: 'step learns what each entity draws; window compares the means before and after an event',
    choices: ['step', 'window'],
    default: 'step',
  },
  correlationWindowSeconds: {
    kind: 'integer',
    variable: 'CORRELATION_WINDOW_SECONDS',
    description:
      'how much before and after an event the window method averages, in seconds; step finds its own',
    min: 1,
    max: 3600,
    default: 10,
  },
  minPowerDeltaW: {
    kind: 'number',
    variable: 'MIN_POWER_DELTA',
    description: 'the smallest change that is attributed to an event, in W',
    min: 0.1,
    max: 100_000,
    default: 10,
  },
  maxEventsPerInterval: {
    kind: 'integer',
    variable: 'MAX_EVENTS_PER_INTERVAL',
    description: 'how many events are taken in one transaction; the rest follow in the next, none is dropped',
    min: 1,
    max: 50_000,
    default: 500,
  },
  retryWindowMinutes: {
    kind: 'integer',
    variable: 'RETRY_WINDOW_MINUTES',
    description:
      'how late power and events may come and still revise an answer, in minutes; later the night does',
    min: 1,
    max: DAY_MINUTES,
    default: 15,
  },
  powerLookupPaddingSeconds: {
    kind: 'integer',
    variable: 'POWER_LOOKUP_PADDING_SECONDS',
    description: 'how much more power is read before what is needed, in seconds',
    min: 0,
    max: 3600,
    default: 30,
  },
  secondPassHour: {
    kind: 'integer',
    variable: 'SECOND_PASS_HOUR',
    description: 'the local hour of the nightly second pass',
    min: 0,
    max: 23,
    default: 3,
  },
  powerSource: {
    kind: 'choice',
    variable: 'POWER_SOURCE',
    description: 'where power is read: smart-meter’s API, or InfluxDB',
    choices: ['smart_meter', 'influxdb'],
    default: 'smart_meter',
  },
  smartMeterUrl: {
    kind: 'url',
    variable: 'SMART_METER_URL',
    description: 'the address of smart-meter',
    default: 'http://127.0.0.1:8014',
  },
  smartMeterToken: {
    kind: 'secret',
    variable: 'SMART_METER_TOKEN',
    description: 'smart-meter’s API_TOKEN, where it has one',
  },
  eventSource: {
    kind: 'choice',
    variable: 'EVENT_SOURCE',
    description:
      'where events come from: home_assistant, influxdb (home_assistant_events) or influxdb_integration (what Home Assistant’s own integration writes)',
    choices: ['home_assistant', 'influxdb', 'influxdb_integration'],
    default: 'home_assistant',
  },
  eventDomains: {
    kind: 'list',
    variable: 'EVENT_DOMAINS',
    description:
      'the domains whose events are answered, separated by commas; by default all that can draw power',
  },
  homeAssistantUrl: {
    kind: 'url',
    variable: 'HOME_ASSISTANT_URL',
    description: 'the address of Home Assistant, such as http://homeassistant.local:8123',
  },
  homeAssistantToken: {
    kind: 'secret',
    variable: 'HOME_ASSISTANT_TOKEN',
    description: 'a long-lived access token: in Home Assistant, your profile, Security, at the bottom',
  },
  supervisorToken: {
    kind: 'secret',
    variable: 'SUPERVISOR_TOKEN',
    description:
      'set by Home Assistant where the service runs as its app; no address and token are needed then',
  },
  entityCircuits: {
    kind: 'list',
    variable: 'ENTITY_CIRCUITS',
    description: 'which circuit an entity is on, as light.kitchen=circuit id, separated by commas',
    default: [],
  },
  powercalcLibrary: {
    kind: 'text',
    variable: 'POWERCALC_LIBRARY',
    description:
      'the folder of a checkout of Powercalc, whose profiles say what devices draw; by default nothing is expected of a model',
  },
  influxUrl: {
    kind: 'url',
    variable: 'INFLUXDB_URL',
    description: 'the address of InfluxDB; unset, nothing is delivered',
  },
  ...influxAccessSettings,
  influxBucket: {
    kind: 'text',
    variable: 'INFLUXDB_BUCKET',
    description:
      'the bucket (2.x), database (3) or database/retention-policy (1.x) of power and of the answers',
    default: 'home',
  },
  influxEventsBucket: {
    kind: 'text',
    variable: 'INFLUXDB_EVENTS_BUCKET',
    description: 'the same for events, where they are somewhere else; by default INFLUXDB_BUCKET',
  },
  influxQueryLanguage: {
    kind: 'choice',
    variable: 'INFLUXDB_QUERY_LANGUAGE',
    description: 'influxql, which every InfluxDB answers, or flux for 2.x',
    choices: ['influxql', 'flux'],
    default: 'influxql',
  },
  energyPrice: {
    kind: 'number',
    variable: 'ENERGY_PRICE',
    description: 'what a kWh costs, in CURRENCY; one of ENERGY_PRICE, TARIFF_FILE and PRICE_ENTITY at most',
    min: 0,
    max: 1_000_000,
  },
  tariffFile: {
    kind: 'text',
    variable: 'TARIFF_FILE',
    description: 'a JSON file with prices by the time of day; see the documentation of the correlator',
  },
  priceEntity: {
    kind: 'text',
    variable: 'PRICE_ENTITY',
    description:
      'the sensor of Home Assistant that says what a kWh costs now; by default the price of its energy dashboard',
  },
  currency: {
    kind: 'text',
    variable: 'CURRENCY',
    description: 'the currency of the prices, such as EUR; by default Home Assistant’s',
  },
});

export type ServiceSettings = SettingValues<typeof serviceSettings>;
