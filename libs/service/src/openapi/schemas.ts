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

/** From 0 to 1. */
export function share(description: string, example?: number): Schema {
  return {
    type: 'number',
    minimum: 0,
    maximum: 1,
    description,
    ...(example === undefined ? {} : { examples: [example] }),
  };
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
  const values = schema.enum && { enum: [...schema.enum, null] };
  return { ...schema, ...values, type: [schema.type, 'null'] };
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
