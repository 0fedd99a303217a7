import { Operation, Parameter, PathItem, ResponseDescription } from './document';
import { refusals, responseRef } from './problems';
import { instant } from './schemas';

/** What reads, with all that it can be refused for. */
export function get(operation: Operation): PathItem {
  return { get: { ...operation, responses: { ...operation.responses, ...refusals } } };
}

/** What changes something: where the service is open to the network it needs the token. */
export function post(operation: Operation): PathItem {
  const responses = { ...operation.responses, '403': responseRef('TokenRequired'), ...refusals };
  return { post: { ...operation, responses } };
}

export const badRequest = { '400': responseRef('BadRequest') };

/** The parameters of a `PeriodQuery`. */
export function periodParameters(defaultText: string): Parameter[] {
  return [
    {
      name: 'from',
      in: 'query',
      description: `start of the period, included; by default ${defaultText} before \`to\``,
      schema: instant('an ISO 8601 instant'),
      example: '2026-03-01T00:00:00Z',
    },
    {
      name: 'to',
      in: 'query',
      description: 'end of the period, excluded; by default now',
      schema: instant('an ISO 8601 instant'),
      example: '2026-03-02T00:00:00Z',
    },
  ];
}

export function textAnswer(description: string, type: string, example: string): ResponseDescription {
  return { description, content: { [type]: { schema: { type: 'string' }, example } } };
}
