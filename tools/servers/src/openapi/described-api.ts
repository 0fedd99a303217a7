import Ajv from 'ajv';

/** What of an OpenAPI document is looked at. */
export interface ApiDocument {
  paths: Readonly<Record<string, Readonly<Partial<Record<'get' | 'post', ApiOperation>>>>>;
  components: { schemas: Readonly<Record<string, object>>; responses: Readonly<Record<string, object>> };
}

export interface ApiOperation {
  parameters?: readonly { name: string; example?: unknown }[];
  responses: Readonly<Record<string, object>>;
  /** Empty: open to everyone. */
  security?: readonly unknown[];
}

export interface DescribedOperation {
  path: string;
  method: string;
  operation: ApiOperation;
}

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

/** Holds a service to the OpenAPI document that it publishes. */
export class DescribedApi {
  readonly operations: readonly DescribedOperation[];
  private readonly ajv = new Ajv({ allErrors: true });

  constructor(private readonly document: ApiDocument) {
    this.ajv.addSchema(document, 'api');
    this.operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
    );
  }

  /** `get /health`, for every operation, in order. */
  get routes(): string[] {
    return this.operations.map(({ path, method }) => `${method} ${path}`).sort();
  }

  /** What is wrong with a value, by a schema of the document; empty where nothing is. */
  faults(pointer: string, value: unknown): string[] {
    const validate = this.ajv.compile({ $ref: `api#${pointer}` });
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ dataPath, message }) => `${dataPath} ${message}`);
  }

  /** What is wrong with an answer, by its operation, status and content type. Reads its body. */
  async answerFaults(path: string, method: string, response: Response): Promise<string[]> {
    const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
    const text = await response.text();
    const pointer = `${operationPointer(path, method)}/responses/${response.status}/content/${escaped(type)}/schema`;
    return this.faults(pointer, type === 'application/json' ? JSON.parse(text) : text);
  }

  /** Examples of answers and parameters that are not what they are examples of. */
  exampleFaults(): string[] {
    return this.operations.flatMap(({ path, method, operation }) => {
      const answers = Object.entries(operation.responses).flatMap(([status, response]) =>
        Object.entries(contentOf(response)).map(([type, { example }]) => ({
          pointer: `responses/${status}/content/${escaped(type)}/schema`,
          example,
        })),
      );
      const parameters = (operation.parameters ?? []).map(({ example }, index) => ({
        pointer: `parameters/${index}/schema`,
        example,
      }));
      return [...answers, ...parameters]
        .filter(({ example }) => example !== undefined)
        .flatMap(({ pointer, example }) =>
          this.faults(`${operationPointer(path, method)}/${pointer}`, example).map(
            (fault) => `${method} ${path} ${pointer}: ${fault}`,
          ),
        );
    });
  }

  /** References to what is not there, and what nothing refers to. */
  referenceFaults(): string[] {
    const text = JSON.stringify(this.document);
    const referred = new Set(
      [...text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g)].map(([, kind, name]) => `${kind}/${name}`),
    );
    const { components } = this.document;
    const defined = new Set(
      (['schemas', 'responses'] as const).flatMap((kind) =>
        Object.keys(components[kind]).map((name) => `${kind}/${name}`),
      ),
    );
    return [
      ...[...referred].filter((name) => !defined.has(name)).map((name) => `${name} is not there`),
      ...[...defined].filter((name) => !referred.has(name)).map((name) => `${name} is not used`),
    ];
  }
}

/** `get /health`, for every route of an Express application, in order; parameters as OpenAPI writes them. */
export function expressRoutes(application: unknown): string[] {
  const { router } = application as { router: { stack: Layer[] } };
  return router.stack
    .flatMap(({ route }) =>
      route
        ? Object.keys(route.methods).map((method) => `${method} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`)
        : [],
    )
    .sort();
}

function contentOf(response: object): Record<string, { example?: unknown }> {
  return 'content' in response ? (response.content as Record<string, { example?: unknown }>) : {};
}

function operationPointer(path: string, method: string): string {
  return `/paths/${escaped(path)}/${method}`;
}

function escaped(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}
