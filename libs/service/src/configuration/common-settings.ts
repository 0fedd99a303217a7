import { defineSettings } from '@smart-meter/meter-adapter';
import { LOG_LEVELS } from '../logging/logger';

/** Who may reach a service, and how much it says: the same for every service. */
export const accessSettings = defineSettings({
  serviceHost: {
    kind: 'text',
    variable: 'SERVICE_HOST',
    description: 'the address to listen on; 0.0.0.0 opens the service to the network',
    default: '127.0.0.1',
  },
  apiToken: {
    kind: 'secret',
    variable: 'API_TOKEN',
    description:
      'what callers must send as a bearer token; needed for changes where the service is open to the network',
  },
  allowedHosts: {
    kind: 'list',
    variable: 'ALLOWED_HOSTS',
    description: 'further host names under which the service is reached, separated by commas',
    default: [],
  },
  logLevel: {
    kind: 'choice',
    variable: 'LOG_LEVEL',
    description: 'how much is logged',
    choices: LOG_LEVELS,
    default: 'info',
  },
});

/** How InfluxDB is spoken to; where it is and what it is for differs from service to service. */
export const influxAccessSettings = defineSettings({
  influxToken: {
    kind: 'secret',
    variable: 'INFLUXDB_TOKEN',
    description: 'the API token; user:password for InfluxDB 1.x',
  },
  influxOrg: {
    kind: 'text',
    variable: 'INFLUXDB_ORG',
    description: 'the organisation, for InfluxDB 2.x',
    default: '',
  },
  influxApi: {
    kind: 'choice',
    variable: 'INFLUXDB_API',
    description: 'v2 for InfluxDB 1.8 and later, v1 before that',
    choices: ['v2', 'v1'],
    default: 'v2',
  },
});
