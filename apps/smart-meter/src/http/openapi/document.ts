import { OpenApiDocument, problemResponses } from '@smart-meter/service';
import { answerSchemas } from './answer-schemas';
import { paths } from './operations';

/** The whole API; a test holds it against the routes and their live answers. */
export const openApiDocument: OpenApiDocument = {
  openapi: '3.1.0',
  info: {
    title: 'smart-meter',
    version: '0.1.0',
    description:
      'Powers are in W, + is consumption; energies in kWh; instants in UTC. `null` is unknown and never 0; a field that is absent is not spoken of. Every error is a problem (RFC 9457) with a stable `code`.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '.' }],
  security: [{ token: [] }, {}],
  tags: [
    { name: 'now', description: 'What the home draws.' },
    { name: 'past', description: 'What was kept.' },
    { name: 'changes', description: 'Where the service is open to the network these need the API_TOKEN.' },
    { name: 'service', description: 'For machines that watch.' },
  ],
  paths,
  components: {
    schemas: answerSchemas,
    responses: problemResponses,
    securitySchemes: {
      token: { type: 'http', scheme: 'bearer', description: 'The API_TOKEN, where the service has one.' },
    },
  },
};
