import { ResponseDescription, Schema } from './document';
import { fields, schemaRef, text } from './schemas';

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
  NotFound: problem('There is no such thing; `detail` says what was looked for.'),
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
