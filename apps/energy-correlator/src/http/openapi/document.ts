import { describeApi } from '@smart-meter/service';
import { answerSchemas, healthCounts } from './answer-schemas';
import { paths } from './operations';

/** The whole API; a test holds it against the routes and their live answers. */
export const openApiDocument = describeApi({
  title: 'energy-correlator',
  version: '0.1.0',
  description:
    'Which home event changed the power by how much. Powers are in W, a change is + where the home draws more; energies in kWh.',
  tags: [
    { name: 'events', description: 'What single events did.' },
    { name: 'devices', description: 'What was learned of entities, and what they drew.' },
    { name: 'changes', description: 'Where the service is open to the network these need the API_TOKEN.' },
  ],
  paths,
  schemas: answerSchemas,
  health: {
    healthyMeans: 'events are answered and stored',
    readyMeans: 'events can be answered and stored',
    checks: ['processing', 'events', 'prices', 'disk', 'delivery'],
    counts: healthCounts,
  },
  metricsExample: 'energy_correlator_lag_seconds{service="energy-correlator"} 12',
});
