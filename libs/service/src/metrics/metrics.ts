import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { DeliveryBacklog } from '../delivery/delivery-monitor';

/** The registry of one service, with the process' own figures (memory, CPU, event-loop lag) in it. */
export function createMetricsRegistry(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Adds a figure that is read at each scrape. */
export function addGauge(
  registry: Registry,
  name: string,
  help: string,
  read: () => number | Promise<number>,
): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      this.set(await read());
    },
  });
}

/** Adds what waits for InfluxDB, under names that begin with the service's own. */
export function addBacklogGauges(registry: Registry, prefix: string, backlog: () => DeliveryBacklog): void {
  addGauge(registry, `${prefix}_backlog_lines`, 'Lines that wait for InfluxDB.', () => backlog().lines);
  addGauge(registry, `${prefix}_backlog_bytes`, 'Bytes that wait for InfluxDB.', () => backlog().bytes);
  addGauge(
    registry,
    `${prefix}_quarantined_lines`,
    'Lines that InfluxDB refused.',
    () => backlog().quarantinedLines,
  );
  addGauge(
    registry,
    `${prefix}_dropped_lines`,
    'Lines dropped at the bound of the outbox.',
    () => backlog().droppedLines,
  );
}
