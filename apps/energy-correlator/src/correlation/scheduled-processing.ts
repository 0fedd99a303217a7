import { SchedulerRegistry } from '@nestjs/schedule';
import { Clock, MeterError, toMeterError } from '@smart-meter/meter-adapter';
import { Logger } from 'pino';
import { NightlyPass } from './nightly-pass';
import { PriceKeeper } from '../prices/price-keeper';
import { Processor } from './processor';

export interface ScheduledProcessingOptions {
  processor: Processor;
  nightly: NightlyPass;
  prices: Pick<PriceKeeper, 'refresh'>;
  registry: SchedulerRegistry;
  clock: Clock;
  logger: Logger;
  intervalMs: number;
  onRun?(seconds: number, error?: MeterError): void;
}

const INTERVAL_NAME = 'processing';

/** Runs the processor at its interval, one run at a time, and keeps up with prices. */
export class ScheduledProcessing {
  lastSuccessAt: Date | null = null;
  lastError: { at: string; code: string; message: string } | null = null;
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;

  constructor(private readonly options: ScheduledProcessingOptions) {}

  start(): void {
    const { registry, intervalMs } = this.options;
    registry.addInterval(
      INTERVAL_NAME,
      setInterval(() => void this.run(), intervalMs),
    );
    void this.run();
  }

  async stop(): Promise<void> {
    this.options.registry.deleteInterval(INTERVAL_NAME);
    this.stopping.abort(new Error('the service stops'));
    await this.running;
  }

  /** One run now, or the one that is under way. Never throws: what went wrong is in `lastError`. */
  run(): Promise<void> {
    const { prices } = this.options;
    // After the events, so that prices are known for as long as anything is.
    this.running ??= this.runOnce()
      .then(() => prices.refresh(this.stopping.signal))
      .finally(() => {
        this.running = null;
      });
    return this.running;
  }

  private async runOnce(): Promise<void> {
    const { processor, nightly, clock, logger, onRun } = this.options;
    const { signal } = this.stopping;
    const startedMs = clock.monotonicMs();
    try {
      await processor.run(signal);
      this.lastSuccessAt = clock.now();
      this.lastError = null;
      await nightly.runIfDue(signal);
      onRun?.((clock.monotonicMs() - startedMs) / 1000);
    } catch (caught) {
      if (signal.aborted) return;
      const error = toMeterError(caught, 'answering events');
      this.lastError = { at: clock.now().toISOString(), code: error.code, message: error.message };
      logger.warn({ err: error }, 'events could not be answered; at the next run again');
      this.countFailure();
      onRun?.((clock.monotonicMs() - startedMs) / 1000, error);
    }
  }

  private countFailure(): void {
    try {
      this.options.processor.countFailedRun();
    } catch (err) {
      this.options.logger.error({ err }, 'the store cannot be written');
    }
  }
}
