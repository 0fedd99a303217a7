import { describeApi } from '@smart-meter/service';
import { answerSchemas, healthCounts } from './answer-schemas';
import { paths } from './operations';

/** The whole API; a test holds it against the routes and their live answers. */
export const openApiDocument = describeApi({
  title: 'smart-meter',
  version: '0.1.0',
  description: 'Powers are in W, + is consumption; energies in kWh.',
  tags: [
    { name: 'now', description: 'What the home draws.' },
    { name: 'past', description: 'What was kept.' },
    { name: 'changes', description: 'Where the service is open to the network these need the API_TOKEN.' },
  ],
  paths,
  schemas: answerSchemas,
  health: {
    healthyMeans: 'readings are fresh and stored',
    readyMeans: 'readings can be taken and stored',
    checks: ['adapter', 'journal', 'disk', 'delivery'],
    counts: healthCounts,
  },
  metricsExample: 'smart_meter_backlog_lines{service="smart-meter"} 0',
});
