import { backoffDelayMs, MeterReading, RetryPolicy } from '@smart-meter/meter-adapter';

/** Where readings become durable: on return the batch is on disk, or nothing of it is. */
export interface ReadingStore {
  /** Throws when nothing was stored. */
  store(readings: readonly MeterReading[]): void;
}

export interface ReadingIntakeOptions {
  store: ReadingStore;
  random(): number;
  /** Told of every batch that has become durable, in order. */
  onStored(readings: readonly MeterReading[]): void;
  /** Told when storing starts to fail, and when it works again. */
  onTrouble(error: unknown, waiting: number): void;
  onRecovered(): void;
  /** Told at the end of readings that the disk refused until then. */
  onLost(count: number): void;
  /** How many readings may wait in memory while the disk refuses; past it the oldest is given up and counted. */
  maxWaiting?: number;
}

/** Readings that arrive within this time share one transaction. */
const GROUP_COMMIT_MS = 10;
const DEFAULT_MAX_WAITING = 20_000;
/** One transaction never blocks the process for long. */
const MAX_BATCH = 1_000;

const STORE_RETRY_POLICY: RetryPolicy = {
  firstDelayMs: 500,
  longestDelayMs: 15_000,
  longestRetryAfterMs: 15_000,
};

/** Everything that was read passes here and becomes durable before anyone sees it. */
export class ReadingIntake {
  private waiting: MeterReading[] = [];
  private commitTimer: NodeJS.Timeout | undefined;
  private failures = 0;
  private givenUp = 0;

  constructor(private readonly options: ReadingIntakeOptions) {}

  /** How many readings wait in memory for the disk. */
  get waitingCount(): number {
    return this.waiting.length;
  }

  /** How many readings were lost because the disk refused them for too long. */
  get givenUpCount(): number {
    return this.givenUp;
  }

  /** Whether the last attempt to store failed. */
  get inTrouble(): boolean {
    return this.failures > 0;
  }

  /** Takes a pushed reading; it is durable within milliseconds. */
  push(reading: MeterReading): void {
    this.add([reading]);
    if (this.commitTimer === undefined) this.commitAfter(GROUP_COMMIT_MS);
  }

  /**
   * Takes readings and stores them at once.
   * @returns whether they are on disk; if not, they wait in memory and are tried again
   */
  accept(readings: readonly MeterReading[]): boolean {
    this.add(readings);
    this.commit();
    return this.waiting.length === 0;
  }

  /** Stores what waits, a last time; what the disk refuses even then is lost with the process, and counted. */
  close(): void {
    this.commit();
    this.stopTimer();
    if (this.waiting.length > 0) this.options.onLost(this.waiting.length);
    this.givenUp += this.waiting.length;
    this.waiting = [];
  }

  private add(readings: readonly MeterReading[]): void {
    this.waiting.push(...readings);
    const excess = this.waiting.length - (this.options.maxWaiting ?? DEFAULT_MAX_WAITING);
    if (excess > 0) {
      this.waiting.splice(0, excess);
      this.givenUp += excess;
    }
  }

  private commit(): void {
    this.stopTimer();
    while (this.waiting.length > 0) {
      const batch = this.waiting.slice(0, MAX_BATCH);
      try {
        this.options.store.store(batch);
      } catch (error) {
        this.retryLater(error);
        return;
      }
      this.waiting.splice(0, batch.length);
      this.recovered();
      this.options.onStored(batch);
    }
  }

  private retryLater(error: unknown): void {
    this.failures += 1;
    if (this.failures === 1) this.options.onTrouble(error, this.waiting.length);
    this.commitAfter(backoffDelayMs(this.failures, STORE_RETRY_POLICY, this.options.random));
  }

  private recovered(): void {
    if (this.failures > 0) this.options.onRecovered();
    this.failures = 0;
  }

  private commitAfter(ms: number): void {
    this.commitTimer = setTimeout(() => this.commit(), ms);
    this.commitTimer.unref();
  }

  private stopTimer(): void {
    clearTimeout(this.commitTimer);
    this.commitTimer = undefined;
  }
}
