import { isReference, OpenApiDocument, PathItem, Schema } from './document';
import { get, textAnswer } from './operations';
import { problemResponses, problemSchema, refusals } from './problems';
import { choice, fields, jsonAnswer, measure, schemaRef, text } from './schemas';

export interface ApiDescription {
  title: string;
  version: string;
  description: string;
  tags: OpenApiDocument['tags'];
  /** Beside those that every service has. */
  paths: Readonly<Record<string, PathItem>>;
  /** The same, of shapes. */
  schemas: Readonly<Record<string, Schema>>;
  health: HealthDescription;
  /** A line of `/metrics`. */
  metricsExample: string;
}

export interface HealthDescription {
  /** What healthy means: `readings are fresh and stored`. */
  healthyMeans: string;
  /** What ready means: `readings can be taken and stored`. */
  readyMeans: string;
  /** The names of the checks. */
  checks: readonly string[];
  /** What the service counts, beside what every service tells. */
  counts: Readonly<Record<string, Schema>>;
}

/** The document of a service: what it describes of itself, and what both services have. */
export function describeApi(api: ApiDescription): OpenApiDocument {
  const { title, version, description, tags } = api;
  const paths = { ...api.paths, ...servicePaths(api) };
  return {
    openapi: '3.1.0',
    info: {
      title,
      version,
      description: `${description} Instants are in UTC. \`null\` is unknown and never 0; a field that is absent is not spoken of. Every error is a problem (RFC 9457) with a stable \`code\`.`,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '.' }],
    security: [{ token: [] }, {}],
    tags: [...tags, { name: 'service', description: 'For machines that watch.' }],
    paths,
    components: {
      schemas: { ...api.schemas, ...serviceSchemas(api) },
      responses: referredResponses(paths),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'The API_TOKEN, where the service has one.' },
      },
    },
  };
}

function servicePaths({ health, metricsExample }: ApiDescription): Record<string, PathItem> {
  return {
    '/health': get({
      operationId: 'health',
      tags: ['service'],
      summary: `Whether ${health.healthyMeans}`,
      responses: {
        '200': jsonAnswer('Healthy or degraded.', schemaRef('Health')),
        '503': jsonAnswer('Unhealthy.', schemaRef('Health')),
      },
    }),
    '/health/live': {
      get: {
        operationId: 'live',
        tags: ['service'],
        summary: 'The process answers',
        security: [],
        responses: {
          '200': jsonAnswer('It does.', schemaRef('Live'), { status: 'live' }),
          '421': refusals['421'],
          '429': refusals['429'],
          '431': refusals['431'],
        },
      },
    },
    '/health/ready': get({
      operationId: 'ready',
      tags: ['service'],
      summary: `Whether ${health.readyMeans}`,
      responses: {
        '200': jsonAnswer('They can.', schemaRef('Ready'), { status: 'ready' }),
        '503': jsonAnswer('They cannot.', schemaRef('Ready'), { status: 'not ready' }),
      },
    }),
    '/metrics': get({
      operationId: 'metrics',
      tags: ['service'],
      summary: 'Figures for Prometheus',
      responses: { '200': textAnswer('In the text format 0.0.4.', 'text/plain', `${metricsExample}\n`) },
    }),
    '/openapi.json': get({
      operationId: 'openApi',
      tags: ['service'],
      summary: 'This description',
      security: [],
      responses: { '200': jsonAnswer('OpenAPI 3.1.', { type: 'object' }) },
    }),
    '/docs': get({
      operationId: 'docs',
      tags: ['service'],
      summary: 'This description for people',
      security: [],
      responses: { '200': textAnswer('A page.', 'text/html', '<!doctype html>...') },
    }),
    '/docs/style.css': get({
      operationId: 'docsStyle',
      tags: ['service'],
      summary: 'How that page looks',
      security: [],
      responses: { '200': textAnswer('A style sheet.', 'text/css', 'body { ... }') },
    }),
  };
}

const check: Schema = {
  type: 'object',
  properties: { status: choice('', ['up', 'degraded', 'down']), message: text('what to do') },
  required: ['status'],
  additionalProperties: true,
};
const checks: Schema = { type: 'object', additionalProperties: check };

function serviceSchemas({ title, health }: ApiDescription): Record<string, Schema> {
  return {
    Health: fields({
      status: choice('`degraded`: nothing is lost, but somebody should look', [
        'healthy',
        'degraded',
        'unhealthy',
      ]),
      service: text('which one this is', title),
      uptime_seconds: measure('s', 'since the process started'),
      ...health.counts,
      info: { ...checks, description: 'the checks that are up or degraded' },
      error: { ...checks, description: 'the checks that are down' },
      details: { ...checks, description: `every check: ${health.checks.join(', ')}` },
    }),
    Live: fields({ status: choice('', ['live']) }),
    Ready: fields({ status: choice('', ['ready', 'not ready']) }),
    Problem: problemSchema,
  };
}

/** Of the refusals those that an operation can meet. */
function referredResponses(paths: OpenApiDocument['paths']): OpenApiDocument['components']['responses'] {
  const referred = Object.values(paths)
    .flatMap((item) => Object.values(item))
    .flatMap(({ responses }) => Object.values(responses))
    .map((response) => (isReference(response) ? response.$ref : ''));
  return Object.fromEntries(
    Object.entries(problemResponses).filter(([name]) => referred.some((ref) => ref.endsWith(`/${name}`))),
  );
}
