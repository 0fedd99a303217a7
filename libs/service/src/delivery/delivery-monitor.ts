/** How long a stop waits for the server; what is left goes out after the next start. */
const DRAIN_WITHIN_MS = 5_000;

/** What waits for delivery, and what never will be delivered. */
export interface DeliveryBacklog {
  entries: number;
  lines: number;
  bytes: number;
  oldestEnqueuedAtMs: number | null;
  quarantinedLines: number;
  droppedLines: number;
}

/** What a delivery says about itself; what it sent, and its errors, since the start of the process. */
export interface DeliveryStatus {
  state: string;
  /** What somebody should look at, in one sentence; null = nothing. */
  alarm: string | null;
  queuedLines: number;
  queuedBytes: number;
  oldestAgeMs: number | null;
  sentLines: number;
  rejectedLines: number;
  quarantinedLines: number;
  droppedLines: number;
  retries: number;
  lastSuccessAt: Date | null;
  lastError: { at: Date; code: string; message: string } | null;
}

/** What the monitor needs of a durable outbox. */
export interface MonitoredOutbox {
  stats(): DeliveryBacklog;
}

/** What the monitor needs of what drains the outbox. */
export interface MonitoredDelivery {
  start(): void;
  /** Goes on for at most so long; what is left stays in the outbox. */
  stop(withinMs: number): Promise<unknown>;
  status(): Promise<DeliveryStatus>;
}

/** The delivery as `/health` tells it. */
export interface DeliverySummary {
  configured: boolean;
  state: string;
  alarm: string | null;
  details: Readonly<Record<string, unknown>>;
}

/** The delivery as the rest of the service sees it; without a server there is nothing to deliver. */
export class DeliveryMonitor {
  constructor(
    private readonly outbox: MonitoredOutbox,
    private readonly delivery: MonitoredDelivery | null,
  ) {}

  start(): void {
    this.delivery?.start();
  }

  async stop(): Promise<void> {
    await this.delivery?.stop(DRAIN_WITHIN_MS);
  }

  stats(): DeliveryBacklog {
    return this.outbox.stats();
  }

  /** null where nothing is delivered. */
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
