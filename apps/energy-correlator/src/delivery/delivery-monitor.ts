import { Delivery, DeliveryStatus } from '@smart-meter/influx-writer';
import { Journal, OutboxStats } from '@smart-meter/journal';
import { DeliverySummary } from '../health/health-indicators';

/** How long a stop waits for InfluxDB; what is left goes out after the next start. */
const DRAIN_WITHIN_MS = 5_000;

/** The delivery as the rest of the service sees it; without InfluxDB there is nothing to deliver. */
export class DeliveryMonitor {
  constructor(
    private readonly journal: Journal,
    private readonly delivery: Delivery | null,
  ) {}

  get isConfigured(): boolean {
    return this.delivery !== null;
  }

  start(): void {
    this.delivery?.start();
  }

  async stop(): Promise<void> {
    await this.delivery?.stop(DRAIN_WITHIN_MS);
  }

  stats(): OutboxStats {
    return this.journal.outbox.stats();
  }

  async status(): Promise<DeliveryStatus | null> {
    return (await this.delivery?.status()) ?? null;
  }

  async summary(): Promise<DeliverySummary> {
    const status = await this.status();
    if (!status) return { configured: false, state: 'off', alarm: null, details: {} };
    return { configured: true, state: status.state, alarm: status.alarm, details: deliveryDetails(status) };
  }
}

function deliveryDetails(status: DeliveryStatus): Readonly<Record<string, unknown>> {
  const { lastError } = status;
  return {
    backlog_lines: status.queuedLines,
    backlog_bytes: status.queuedBytes,
    oldest_age_seconds: status.oldestAgeMs === null ? null : Math.round(status.oldestAgeMs / 1000),
    sent_lines: status.sentLines,
    rejected_lines: status.rejectedLines,
    quarantined_lines: status.quarantinedLines,
    dropped_lines: status.droppedLines,
    last_success: status.lastSuccessAt?.toISOString() ?? null,
    last_error: lastError && {
      at: lastError.at.toISOString(),
      code: lastError.code,
      message: lastError.message,
    },
  };
}
