import { collectDefaultMetrics, Registry } from 'prom-client';

/** The registry of one service, with the process' own figures (memory, CPU, event-loop lag) in it. */
export function createMetricsRegistry(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}
