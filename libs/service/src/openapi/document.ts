/** The part of OpenAPI 3.1 that the services write. */
export interface OpenApiDocument {
  openapi: '3.1.0';
  info: {
    title: string;
    version: string;
    description: string;
    license: { name: string; identifier: string };
  };
  tags: readonly { name: string; description: string }[];
  /** Relative, so that they hold below any path that a proxy puts before the service. */
  servers: readonly { url: string }[];
  security: readonly Readonly<Record<string, readonly string[]>>[];
  paths: Readonly<Record<string, PathItem>>;
  components: {
    schemas: Readonly<Record<string, Schema>>;
    responses: Readonly<Record<string, ResponseDescription>>;
    securitySchemes: Readonly<Record<string, object>>;
  };
}

export type PathItem = { readonly [Method in 'get' | 'post']?: Operation };

export interface Operation {
  operationId: string;
  tags: readonly string[];
  summary: string;
  description?: string;
  parameters?: readonly Parameter[];
  responses: Readonly<Record<string, ResponseDescription | Reference>>;
  /** Empty: the token is not asked for. */
  security?: readonly [];
}

export interface Parameter {
  name: string;
  in: 'query' | 'header' | 'path';
  /** Those of the path are. */
  required?: true;
  description: string;
  schema: Schema;
  example?: unknown;
}

export interface ResponseDescription {
  description: string;
  headers?: Readonly<Record<string, { description: string; schema: Schema }>>;
  content?: Readonly<Record<string, { schema: Schema; example?: unknown }>>;
}

export interface Reference {
  $ref: string;
}

type SchemaType = 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';

export interface Schema {
  $ref?: string;
  type?: SchemaType | readonly SchemaType[];
  description?: string;
  format?: string;
  pattern?: string;
  enum?: readonly unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  default?: unknown;
  items?: Schema;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: boolean | Schema;
  anyOf?: readonly Schema[];
  examples?: readonly unknown[];
  /** Of a number: `W`, `kWh`, `s`, `%`. */
  'x-unit'?: string;
}

export function isReference(value: object): value is Reference {
  return '$ref' in value;
}
