import { ResponseDescription, Schema } from './document';

/** Words in which both services describe their answers. */

export function measure(unit: string, description: string, example?: number): Schema {
  return {
    type: 'number',
    description: `${description}, ${unit}`,
    'x-unit': unit,
    ...(example === undefined ? {} : { examples: [example] }),
  };
}

export function text(description: string, example?: string): Schema {
  return { type: 'string', description, ...(example === undefined ? {} : { examples: [example] }) };
}

export function choice(description: string, values: readonly string[]): Schema {
  return { type: 'string', description, enum: values };
}

export function count(description: string): Schema {
  return { type: 'integer', minimum: 0, description };
}

export function flag(description: string): Schema {
  return { type: 'boolean', description };
}

export function instant(description: string): Schema {
  return {
    type: 'string',
    format: 'date-time',
    description: `${description}, UTC`,
    examples: ['2026-03-01T12:00:00.000Z'],
  };
}

export function list(items: Schema, description?: string): Schema {
  return { type: 'array', items, ...(description === undefined ? {} : { description }) };
}

export function orNull(schema: Schema): Schema {
  if (typeof schema.type !== 'string') return { anyOf: [schema, { type: 'null' }] };
  return { ...schema, type: [schema.type, 'null'] };
}

/** An object with these fields and no others; those not named in `optional` are always there. */
export function fields(
  properties: Readonly<Record<string, Schema>>,
  optional: readonly string[] = [],
): Schema {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
    additionalProperties: false,
  };
}

export function schemaRef(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

export function jsonAnswer(description: string, schema: Schema, example?: unknown): ResponseDescription {
  return {
    description,
    headers: {
      ETag: {
        description: 'Send it back as If-None-Match: an unchanged answer is a 304.',
        schema: { type: 'string' },
      },
    },
    content: { 'application/json': { schema, ...(example === undefined ? {} : { example }) } },
  };
}

export const problemSchema: Schema = fields({
  type: { type: 'string', description: 'always about:blank' },
  title: text('what kind of fault', 'Bad request'),
  status: { type: 'integer', description: 'the HTTP status', examples: [400] },
  code: text('stable; branch on it', 'bad_request'),
  detail: text('one sentence: what is wrong and what to do', 'from must be before to'),
});

function problem(description: string): ResponseDescription {
  return { description, content: { 'application/problem+json': { schema: schemaRef('Problem') } } };
}

/** The refusals that every request can meet, for `components.responses`. */
export const problemResponses = {
  BadRequest: problem('A parameter is wrong; `detail` names it.'),
  Unauthorized: problem('The service has an API_TOKEN: send it as a bearer token.'),
  TokenRequired: problem('The service is open to the network and has no API_TOKEN: nothing can be changed.'),
  UnknownHost: problem('The host name is not in ALLOWED_HOSTS.'),
  TooLong: { description: 'Address and headers are longer than 16 KiB. Without a body.' },
  TooManyRequests: problem('Too many changes or refused tokens in a minute.'),
  Unavailable: problem('What is asked for cannot be had now.'),
} as const satisfies Record<string, ResponseDescription>;

export function responseRef(name: keyof typeof problemResponses): { $ref: string } {
  return { $ref: `#/components/responses/${name}` };
}

/** What every operation can be answered with besides its own answers. */
export const refusals = {
  '401': responseRef('Unauthorized'),
  '421': responseRef('UnknownHost'),
  '429': responseRef('TooManyRequests'),
  '431': responseRef('TooLong'),
} as const;
