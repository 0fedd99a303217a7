import { Clock, MeterReading, TimeRange } from '@smart-meter/meter-adapter';

export interface GapWatchOptions {
  clock: Clock;
  /** Whether the meter tells its changes by itself: then polls are no proof that none was missed. */
  follows: boolean;
  /** The newest reading that is kept from before this start; null on the first one. */
  lastKeptAt: Date | null;
  /** How far back the meter's history is wanted on the first start, ms; 0 = not at all. */
  wantedHistoryMs: number;
  /** Takes note of a stretch without readings. */
  note(range: TimeRange, reason: string): void;
}

/** Watches the flow of readings and says where one is missing: before the start, between connections, between polls. */
export class GapWatch {
  private lastAt: Date | null;
  private pollFailed = false;

  constructor(private readonly options: GapWatchOptions) {
    this.lastAt = options.lastKeptAt;
  }

  /** To be called once, when collecting begins. */
  start(): void {
    const { clock, lastKeptAt, wantedHistoryMs, note } = this.options;
    const now = clock.now();
    if (lastKeptAt) note({ from: lastKeptAt, to: now }, 'the service was not running');
    else if (wantedHistoryMs > 0) {
      note(
        { from: new Date(now.getTime() - wantedHistoryMs), to: now },
        'what the meter remembers from before the first start',
      );
    }
    // A followed meter is not heard before its stream is connected: its gap goes on until then.
    this.lastAt = this.options.follows ? (lastKeptAt ?? now) : now;
  }

  /** A change that the meter told. */
  onReading(reading: MeterReading): void {
    if (!this.lastAt || reading.observedAt > this.lastAt) this.lastAt = reading.observedAt;
  }

  onConnected(): void {
    const { clock, note } = this.options;
    const now = clock.now();
    if (this.lastAt) note({ from: this.lastAt, to: now }, 'the live stream was not connected');
    this.lastAt = now;
  }

  onPolled(reading: MeterReading): void {
    if (this.options.follows) return;
    if (this.pollFailed && this.lastAt) {
      this.options.note({ from: this.lastAt, to: reading.observedAt }, 'the meter did not answer');
    }
    this.pollFailed = false;
    this.onReading(reading);
  }

  onPollFailed(): void {
    this.pollFailed = true;
  }
}
