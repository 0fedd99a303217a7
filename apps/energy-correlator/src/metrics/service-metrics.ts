import { MeterError } from '@smart-meter/meter-adapter';
import { addBacklogGauges, addGauge, createMetricsRegistry, DeliveryMonitor } from '@smart-meter/service';
import { Gauge, Histogram, Registry } from 'prom-client';
import { StatisticsCounts } from '../correlation/statistics';

export interface ServiceMetricsSources {
  counts(): StatisticsCounts;
  processedUntil(): Date | null;
  waitingEvents(): number;
  eventsConnected(): boolean | null;
  delivery: DeliveryMonitor;
  now(): Date;
}

/** What the service tells Prometheus. Label values come from fixed sets, so that the number of series is bounded. */
export class ServiceMetrics {
  readonly registry: Registry = createMetricsRegistry('energy-correlator');
  private readonly runSeconds = new Histogram({
    name: 'energy_correlator_run_duration_seconds',
    help: 'How long a run took.',
    labelNames: ['outcome'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
    registers: [this.registry],
  });

  ran(seconds: number, error?: MeterError): void {
    this.runSeconds.observe({ outcome: error?.code ?? 'ok' }, seconds);
  }

  /** Adds what is read off the parts at each scrape. */
  observe({
    counts,
    processedUntil,
    waitingEvents,
    eventsConnected,
    delivery,
    now,
  }: ServiceMetricsSources): void {
    this.eventGauge(counts);
    this.gauge(
      'energy_correlator_answers',
      'Events that were answered since the last reset.',
      () => counts().answers,
    );
    this.gauge(
      'energy_correlator_attributed',
      'Events that a power change was attributed to.',
      () => counts().attributed,
    );
    this.gauge('energy_correlator_revisions', 'Answers that were revised.', () => counts().revisions);
    this.gauge(
      'energy_correlator_waiting_events',
      'Events on disk that no run has taken yet.',
      waitingEvents,
    );
    this.gauge(
      'energy_correlator_lag_seconds',
      'How far the answers are behind; -1 before the first run.',
      () => {
        const until = processedUntil();
        return until === null ? -1 : Math.max(0, now().getTime() - until.getTime()) / 1000;
      },
    );
    this.gauge(
      'energy_correlator_events_connected',
      '1 while events arrive live, -1 where they are polled.',
      () => {
        const connected = eventsConnected();
        return connected === null ? -1 : Number(connected);
      },
    );
    addBacklogGauges(this.registry, 'energy_correlator', () => delivery.stats());
  }

  private eventGauge(counts: () => StatisticsCounts): void {
    new Gauge({
      name: 'energy_correlator_events',
      help: 'Events since the last reset, by what became of them.',
      labelNames: ['outcome'],
      registers: [this.registry],
      collect() {
        for (const [outcome, count] of Object.entries(counts().events)) this.set({ outcome }, count);
      },
    });
  }

  private gauge(name: string, help: string, read: () => number): void {
    addGauge(this.registry, name, help, read);
  }
}
