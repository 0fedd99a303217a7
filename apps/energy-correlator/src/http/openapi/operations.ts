import {
  badRequest,
  get,
  jsonAnswer,
  Parameter,
  PathItem,
  periodParameters,
  post,
  responseRef,
  schemaRef,
} from '@smart-meter/service';

const ENTITY_ID_LENGTH = 255;

function limit(description: string, maximum: number, defaultValue: number): Parameter {
  return {
    name: 'limit',
    in: 'query',
    description,
    schema: { type: 'integer', minimum: 1, maximum, default: defaultValue },
    example: defaultValue,
  };
}

const cursor: Parameter = {
  name: 'cursor',
  in: 'query',
  description: 'goes on after a page: its `next_cursor`',
  schema: { type: 'string', pattern: '^[0-9]{1,15}-[0-9]{1,15}$' },
  example: '1772366400000-120',
};

const entityParameter = {
  schema: { type: 'string', minLength: 1, maxLength: ENTITY_ID_LENGTH },
  example: 'light.desk',
} as const;

const PERIOD = { from: '2026-03-01T00:00:00.000Z', to: '2026-03-02T00:00:00.000Z' };
const PRICE = { currency: 'EUR', price_source: 'ENERGY_PRICE' };
const LAMP = { entity_id: 'light.desk', domain: 'light' };
const LEARNED = [
  {
    family: 'switching',
    effect_probability: 0.98,
    events: 24,
    powers: [{ power_w: 60, sd_w: 2, uses: 12.4 }],
  },
];

const CORRELATION = {
  event_id: 'light.desk@2026-03-01T12:00:00.000Z',
  timestamp: '2026-03-01T12:00:00.000Z',
  ...LAMP,
  state: 'on',
  previous_state: 'off',
  power_delta_w: 58.5,
  delta_sd_w: 2.5,
  power_before_w: 412,
  power_after_w: 470.5,
  power_delta_pct: 14.2,
  estimate_w: 58.5,
  expected_w: 60,
  expected_sd_w: 4,
  probability: 0.99,
  confidence: 0.97,
  reason: null,
  channel: 'mains',
  horizon_s: 15,
  co_events: [],
  revision: 1,
  provisional: false,
  pass: 'live',
};

const STATISTICS = {
  since: '2026-02-01T00:00:00.000Z',
  processed_until: '2026-03-01T12:00:00.000Z',
  second_pass_until: '2026-03-01T02:00:00.000Z',
  events: { accepted: 9210, duplicate: 3, malformed: 0, future: 0, too_late: 1, overloaded: 0 },
  waiting_events: 0,
  answers: 9210,
  attributed: 5120,
  correlation_rate: 0.556,
  revisions: 340,
  runs: 40_320,
  failed_runs: 2,
  learned_entities: 31,
  price: { source: 'ENERGY_PRICE', entity_id: null, currency: 'EUR', known_until: null, problem: null },
};
const statistics = jsonAnswer('The counts.', schemaRef('Statistics'), STATISTICS);

/** What energy-correlator answers besides what every service does. */
export const paths: Readonly<Record<string, PathItem>> = {
  '/correlations': get({
    operationId: 'correlations',
    tags: ['events'],
    summary: 'What events did to the power',
    description: 'Each event once, in its newest version.',
    parameters: [
      {
        name: 'entity',
        in: 'query',
        description: 'of this entity alone',
        ...entityParameter,
      },
      {
        name: 'domain',
        in: 'query',
        description: 'of this domain alone',
        schema: { type: 'string', minLength: 1, maxLength: ENTITY_ID_LENGTH },
        example: 'light',
      },
      ...periodParameters('a day'),
      {
        name: 'min_delta',
        in: 'query',
        description: 'only attributed changes of at least so many W, up or down',
        schema: { type: 'number', minimum: 0 },
        example: 50,
      },
      {
        name: 'min_confidence',
        in: 'query',
        description: 'only answers that are at least so sure',
        schema: { type: 'number', minimum: 0, maximum: 1 },
        example: 0.9,
      },
      limit('answers per page', 1000, 100),
      cursor,
    ],
    responses: {
      '200': jsonAnswer('A page of answers, newest first.', schemaRef('Correlations'), {
        ...PERIOD,
        correlations: [CORRELATION],
        next_cursor: null,
      }),
      ...badRequest,
    },
  }),
  '/anomalies': get({
    operationId: 'anomalies',
    tags: ['events'],
    summary: 'Events whose change has left what was learned of their entity',
    description: 'A lamp that draws nothing any more, a motor that draws twice of what it did.',
    parameters: [...periodParameters('7 days'), limit('answers per page', 1000, 100), cursor],
    responses: {
      '200': jsonAnswer('A page of answers, newest first.', schemaRef('Anomalies'), {
        ...PERIOD,
        anomalies: [{ ...CORRELATION, power_delta_w: 29, estimate_w: 29, power_delta_pct: 7 }],
        next_cursor: null,
      }),
      ...badRequest,
    },
  }),
  '/devices': get({
    operationId: 'devices',
    tags: ['devices'],
    summary: 'Every entity with what was learned of it',
    responses: {
      '200': jsonAnswer('Those that an event has been answered of.', schemaRef('Devices'), {
        devices: [
          {
            ...LAMP,
            events: 48,
            first_event: PERIOD.from,
            last_event: '2026-03-01T12:00:00.000Z',
            prior: { source: 'domain' },
            learned: LEARNED,
          },
        ],
      }),
    },
  }),
  '/devices/{entity_id}/impact': get({
    operationId: 'impact',
    tags: ['devices'],
    summary: 'What an entity drew in a period',
    description: 'Power per state, on-time, energy and its cost, with the range that holds 90 % of cases.',
    parameters: [
      {
        name: 'entity_id',
        in: 'path',
        required: true,
        description: 'as Home Assistant names it now',
        ...entityParameter,
      },
      ...periodParameters('7 days'),
    ],
    responses: {
      '200': jsonAnswer('What it drew.', schemaRef('Impact'), {
        ...LAMP,
        ...PERIOD,
        ...PRICE,
        events: 4,
        attributed_events: 4,
        switched_on: 2,
        on_time_s: 14_400,
        drawing_time_s: 14_400,
        on_time_without_power_s: 0,
        energy_kwh: 0.24,
        energy_low_kwh: 0.22,
        energy_high_kwh: 0.26,
        cost: 0.08,
        energy_without_price_kwh: 0,
        states: [
          {
            state: 'on',
            level_percent: null,
            power_w: 60,
            low_w: 55,
            high_w: 65,
            evidence: 4,
            on_time_s: 14_400,
          },
        ],
        prior: { source: 'powercalc', profile: 'signify/LCT010', power_w: 8.5, sd_w: 1, standby_w: 0.4 },
        learned: LEARNED,
      }),
      '404': responseRef('NotFound'),
      ...badRequest,
    },
  }),
  '/top-consumers': get({
    operationId: 'topConsumers',
    tags: ['devices'],
    summary: 'The entities that drew most',
    parameters: [...periodParameters('7 days'), limit('entities at most', 500, 10)],
    responses: {
      '200': jsonAnswer('Those whose energy is known.', schemaRef('TopConsumers'), {
        ...PERIOD,
        ...PRICE,
        consumers: [
          {
            entity_id: 'switch.heater',
            domain: 'switch',
            energy_kwh: 4.8,
            cost: 1.54,
            energy_without_price_kwh: 0,
            on_time_s: 19_200,
            power_w: 900,
          },
        ],
      }),
      ...badRequest,
    },
  }),
  '/phantom-load': get({
    operationId: 'phantomLoad',
    tags: ['devices'],
    summary: 'What the home draws when nobody uses anything',
    description: 'From the quietest minutes of many nights, at local time.',
    parameters: [
      {
        name: 'nights',
        in: 'query',
        description: 'how many nights are looked at',
        schema: { type: 'integer', minimum: 3, maximum: 366, default: 30 },
        example: 30,
      },
    ],
    responses: {
      '200': jsonAnswer('The load and what it costs.', schemaRef('PhantomLoad'), {
        power_w: 96,
        nights: 30,
        kwh_per_year: 842,
        cost_per_year: 269,
        currency: 'EUR',
      }),
      ...badRequest,
    },
  }),
  '/statistics': get({
    operationId: 'statistics',
    tags: ['service'],
    summary: 'What was counted since the last reset',
    responses: { '200': statistics },
  }),
  '/statistics/reset': post({
    operationId: 'resetStatistics',
    tags: ['changes'],
    summary: 'Count from zero again',
    description: 'What was learned and answered stays.',
    responses: { '200': statistics },
  }),
};
