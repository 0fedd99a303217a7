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
  textAnswer,
} from '@smart-meter/service';

const circuits = (defaultValue: 'all' | 'none'): Parameter => ({
  name: 'circuits',
  in: 'query',
  description: '`all`, `none`, or ids separated by commas',
  schema: { type: 'string', maxLength: 4000, default: defaultValue },
  example: 'kitchen,office',
});

const CIRCUIT = { id: 'kitchen', name: 'Kitchen', power_w: 250.5, percentage: 20.3 };
const HOME = { timestamp: '2026-03-01T12:00:00.000Z', provenance: 'live', total_power_w: 1234.5 };
const READING = { ...HOME, averaged_over_s: 0, daily_kwh: 7.654, circuits: [CIRCUIT] };

const readingsAnswer = jsonAnswer(
  'The readings, oldest first; steps come series by series.',
  schemaRef('Readings'),
  {
    from: '2026-03-01T11:00:00.000Z',
    to: '2026-03-01T13:00:00.000Z',
    every: 'raw',
    readings: [READING],
    next: null,
  },
);

/** What smart-meter answers besides what every service does. */
export const paths: Readonly<Record<string, PathItem>> = {
  '/consumption': get({
    operationId: 'consumption',
    tags: ['now'],
    summary: 'What the home draws now',
    description:
      'Measured; else the last known value for 15 minutes (`cached`); else made up (`mock`). Always labelled.',
    responses: {
      '200': jsonAnswer('The home and its circuits.', schemaRef('Consumption'), {
        ...READING,
        age_seconds: 1.2,
        warnings: [],
        stale: [],
      }),
    },
  }),
  '/circuits': get({
    operationId: 'circuits',
    tags: ['now'],
    summary: 'The circuits as a tree',
    description: 'With what no circuit accounts for.',
    responses: {
      '200': jsonAnswer('The tree.', schemaRef('Circuits'), {
        ...HOME,
        circuits: [{ ...CIRCUIT, children: [] }],
        untracked_power_w: 984,
        untracked_percentage: 79.7,
      }),
    },
  }),
  '/sources': get({
    operationId: 'sources',
    tags: ['now'],
    summary: 'Which source is used for what, and why',
    responses: {
      '200': jsonAnswer('Every source.', schemaRef('Sources')),
      '503': responseRef('Unavailable'),
    },
  }),
  '/stream': get({
    operationId: 'stream',
    tags: ['now'],
    summary: 'Readings as they become durable',
    description:
      'Server-sent events named `reading`; `data` is a Reading. A comment every 15 s keeps the line open.',
    parameters: [
      {
        name: 'Last-Event-ID',
        in: 'header',
        description:
          'the id of the last event that the client has: what it missed within the last hour comes first',
        schema: { type: 'string' },
      },
    ],
    responses: {
      '200': textAnswer(
        'It does not end.',
        'text/event-stream',
        `id: 1772366400000\nevent: reading\ndata: ${JSON.stringify(READING)}\n\n`,
      ),
    },
  }),
  '/readings': get({
    operationId: 'readings',
    tags: ['past'],
    summary: 'Readings of a period',
    description: 'JSON comes in pages: go on at `next`. CSV and NDJSON stream the whole period.',
    parameters: [
      ...periodParameters('an hour'),
      {
        name: 'every',
        in: 'query',
        description: '`raw` as they came; else steps of `5m`, `hour`, `day`, or of so many seconds',
        schema: { type: 'string', pattern: '^(raw|5m|hour|day|[1-9][0-9]{0,5})$', default: 'raw' },
        example: '5m',
      },
      circuits('all'),
      {
        name: 'format',
        in: 'query',
        description: 'by default what `Accept` asks for, else `json`',
        schema: { type: 'string', enum: ['json', 'ndjson', 'csv'] },
        example: 'json',
      },
      {
        name: 'limit',
        in: 'query',
        description:
          'readings per page, for JSON and `every=raw`; those of one instant stay together on a page',
        schema: { type: 'integer', minimum: 1, maximum: 10_000, default: 1000 },
        example: 1000,
      },
    ],
    responses: {
      '200': {
        ...readingsAnswer,
        content: {
          ...readingsAnswer.content,
          'application/x-ndjson': { schema: { type: 'string' }, example: `${JSON.stringify(READING)}\n` },
          'text/csv': {
            schema: { type: 'string' },
            example:
              'timestamp,series,value,min,max,energy_kwh,averaged_over_s,provenance\r\n2026-03-01T12:00:00.000Z,home,1234.5,,,,0,live\r\n',
          },
        },
      },
      ...badRequest,
    },
  }),
  '/energy': get({
    operationId: 'energy',
    tags: ['past'],
    summary: 'Energy and cost by day, week, month or year',
    description: 'Periods begin at local midnight; days of 23 and 25 hours are days.',
    parameters: [
      ...periodParameters('31 days'),
      {
        name: 'per',
        in: 'query',
        description: 'how long a period is',
        schema: { type: 'string', enum: ['day', 'week', 'month', 'year'], default: 'day' },
        example: 'day',
      },
      circuits('none'),
    ],
    responses: { '200': jsonAnswer('Every series with its periods.', schemaRef('Energy')), ...badRequest },
  }),
  '/gaps': get({
    operationId: 'gaps',
    tags: ['past'],
    summary: 'Where readings are missing, and what became of it',
    parameters: periodParameters('a year'),
    responses: { '200': jsonAnswer('The gaps that touch the period.', schemaRef('Gaps')), ...badRequest },
  }),
  '/correlations': get({
    operationId: 'correlations',
    tags: ['past'],
    summary: 'Which home events changed the power',
    description: 'By the word of energy-correlator, where one is configured.',
    parameters: periodParameters('a day'),
    responses: {
      '200': jsonAnswer('The events, newest first.', schemaRef('Correlations')),
      '503': responseRef('Unavailable'),
      ...badRequest,
    },
  }),
  '/phantom-load': get({
    operationId: 'phantomLoad',
    tags: ['past'],
    summary: 'What the home draws when nobody uses anything',
    description: 'From the quietest minutes of the last 30 nights.',
    responses: { '200': jsonAnswer('The load and what it costs.', schemaRef('PhantomLoad')) },
  }),
  '/collect': post({
    operationId: 'collect',
    tags: ['changes'],
    summary: 'Read the meter now',
    responses: {
      '200': jsonAnswer('Whether it answered.', schemaRef('Collected'), { ok: true, error: null }),
    },
  }),
};
