import { MeterError } from '@smart-meter/meter-adapter';
import { addBacklogGauges, addGauge, createMetricsRegistry, DeliveryMonitor } from '@smart-meter/service';
import { Counter, Histogram, Registry } from 'prom-client';
import { FetchStatistics } from '../collection/fetch-statistics';
import { ReadingIntake } from '../collection/reading-intake';
import { EventStream } from '../http/event-stream';

export interface ServiceMetricsSources {
  statistics: FetchStatistics;
  intake: ReadingIntake;
  delivery: DeliveryMonitor;
  stream: Pick<EventStream, 'clientCount' | 'cutOffCount'>;
  now(): Date;
}

/** What the service tells Prometheus. Label values come from fixed sets, so that the number of series is bounded. */
export class ServiceMetrics {
  readonly registry: Registry = createMetricsRegistry('smart-meter');
  private readonly readings = new Counter({
    name: 'smart_meter_readings_total',
    help: 'Readings that became durable.',
    labelNames: ['provenance'],
    registers: [this.registry],
  });
  private readonly requests = new Counter({
    name: 'smart_meter_vendor_requests_total',
    help: 'Requests to the meter or its cloud.',
    labelNames: ['operation'],
    registers: [this.registry],
  });
  private readonly fetchSeconds = new Histogram({
    name: 'smart_meter_fetch_duration_seconds',
    help: 'How long the meter took to answer.',
    labelNames: ['outcome'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
    registers: [this.registry],
  });

  stored(provenance: string, count: number): void {
    this.readings.inc({ provenance }, count);
  }

  requested(operation: string): void {
    this.requests.inc({ operation });
  }

  fetched(seconds: number, error?: MeterError): void {
    this.fetchSeconds.observe({ outcome: error?.code ?? 'ok' }, seconds);
  }

  /** Adds what is read off the parts at each scrape. */
  observe({ statistics, intake, delivery, stream, now }: ServiceMetricsSources): void {
    this.gauge(
      'smart_meter_reading_age_seconds',
      'Time since the meter last answered; -1 before that.',
      () =>
        statistics.lastSuccessAt === null
          ? -1
          : (now().getTime() - statistics.lastSuccessAt.getTime()) / 1000,
    );
    this.gauge('smart_meter_waiting_in_memory', 'Readings that the disk refuses.', () => intake.waitingCount);
    this.gauge(
      'smart_meter_given_up_readings',
      'Readings lost because the disk refused them.',
      () => intake.givenUpCount,
    );
    this.gauge('smart_meter_stream_clients', 'Open event streams.', () => stream.clientCount);
    this.gauge(
      'smart_meter_cut_off_stream_clients',
      'Event streams ended since the start because their clients read too slowly.',
      () => stream.cutOffCount,
    );
    addBacklogGauges(this.registry, 'smart_meter', () => delivery.stats());
    this.gauge('smart_meter_backlog_oldest_age_seconds', 'How long the oldest line has waited.', () => {
      const { oldestEnqueuedAtMs } = delivery.stats();
      return oldestEnqueuedAtMs === null ? 0 : Math.max(0, now().getTime() - oldestEnqueuedAtMs) / 1000;
    });
    this.gauge(
      'smart_meter_delivered_lines',
      'Lines that InfluxDB has acknowledged since the start.',
      async () => (await delivery.status())?.sentLines ?? 0,
    );
    this.gauge(
      'smart_meter_rejected_lines',
      'Lines that InfluxDB has refused since the start.',
      async () => (await delivery.status())?.rejectedLines ?? 0,
    );
    this.gauge(
      'smart_meter_delivery_last_error_timestamp_seconds',
      'When the delivery met its last fault; 0 = never since the start.',
      async () => ((await delivery.status())?.lastError?.at.getTime() ?? 0) / 1000,
    );
    this.gauge(
      'smart_meter_delivery_retries',
      'Requests to InfluxDB that followed a fault since the start.',
      async () => (await delivery.status())?.retries ?? 0,
    );
    this.gauge('smart_meter_delivery_alarm', '1 while somebody should look at the delivery.', async () =>
      (await delivery.status())?.alarm ? 1 : 0,
    );
  }

  private gauge(name: string, help: string, read: () => number | Promise<number>): void {
    addGauge(this.registry, name, help, read);
  }
}
