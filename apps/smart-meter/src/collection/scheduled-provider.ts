import { SchedulerRegistry } from '@nestjs/schedule';
import { Clock } from '@smart-meter/meter-adapter';
import { MeterPoller } from './meter-poller';

export interface ScheduledProviderOptions {
  poller: MeterPoller;
  registry: SchedulerRegistry;
  clock: Clock;
  intervalS: number;
}

const TIMEOUT_NAME = 'collect';

/**
 * Collects at once and then at every multiple of the interval of the wall clock, so that intervals do not add up
 * their delays; a collection that takes longer than the interval skips the ticks it overran.
 */
export class ScheduledProvider {
  private readonly stopping = new AbortController();
  private collecting: Promise<void> = Promise.resolve();

  constructor(private readonly options: ScheduledProviderOptions) {}

  start(): void {
    this.collect();
  }

  /** Lets the collection under way come to its end, but not for longer than the meter's own time-out. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.forgetTimeout();
    await this.collecting;
  }

  private collect(): void {
    this.collecting = this.options.poller.collectOnce(this.stopping.signal).then(() => this.scheduleNext());
  }

  private scheduleNext(): void {
    if (this.stopping.signal.aborted) return;
    const intervalMs = this.options.intervalS * 1000;
    const delayMs = intervalMs - (this.options.clock.now().getTime() % intervalMs);
    this.forgetTimeout();
    this.options.registry.addTimeout(
      TIMEOUT_NAME,
      setTimeout(() => this.collect(), delayMs),
    );
  }

  private forgetTimeout(): void {
    const { registry } = this.options;
    if (registry.doesExist('timeout', TIMEOUT_NAME)) registry.deleteTimeout(TIMEOUT_NAME);
  }
}
