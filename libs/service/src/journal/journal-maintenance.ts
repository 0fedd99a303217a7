import { setImmediate } from 'node:timers/promises';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Logger } from 'pino';

/** What a journal offers for its upkeep. */
export interface MaintainedJournal {
  /** Works for at most so long, ms; idle = nothing is left to do. */
  maintain(slice: { budgetMs: number }): { idle: boolean };
}

export interface JournalMaintenanceOptions {
  journal: MaintainedJournal;
  registry: SchedulerRegistry;
  logger: Logger;
}

const EVERY_MS = 60_000;
const INTERVAL_NAME = 'journal maintenance';
/** For how long readings and requests wait at most. */
const SLICE_MS = 20;

/** Rolls up and tidies the journal every minute, in slices that nobody notices. */
export class JournalMaintenance {
  private stopped = false;
  private running: Promise<void> = Promise.resolve();
  private isRunning = false;

  constructor(private readonly options: JournalMaintenanceOptions) {}

  start(): void {
    this.options.registry.addInterval(
      INTERVAL_NAME,
      setInterval(() => this.begin(), EVERY_MS),
    );
    this.begin();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.options.registry.deleteInterval(INTERVAL_NAME);
    await this.running;
  }

  private begin(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    this.running = this.maintain()
      .catch((err: unknown) =>
        this.options.logger.error({ err }, 'the journal could not be maintained; in a minute again'),
      )
      .finally(() => {
        this.isRunning = false;
      });
  }

  private async maintain(): Promise<void> {
    while (!this.stopped && !this.options.journal.maintain({ budgetMs: SLICE_MS }).idle) await setImmediate();
  }
}
