import { DeliverySummary } from '../health/health-indicators';

/** The delivery as the rest of the service sees it; without InfluxDB there is nothing to deliver. */
export class DeliveryMonitor {
  start(): void {}
  async stop(): Promise<void> {}
  async summary(): Promise<DeliverySummary> {
    return { configured: false, state: 'off', alarm: null, details: {} };
  }
}
