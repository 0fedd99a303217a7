import { Clock, MeterReading, TimeRange } from '@smart-meter/meter-adapter';

export interface GapWatchOptions {
  clock: Clock;
  /** Whether the meter tells its changes by itself: then polls are no proof that none was missed. */
  follows: boolean;
  /** The newest reading that is kept from before this start, one that was heard; null on the first one. */
  lastKeptAt: Date | null;
  /** Whether the home's power was known before this start. */
  knewTotalPower: boolean;
  /** How far back the meter's history is wanted on the first start, ms; 0 = not at all. */
  wantedHistoryMs: number;
  /** Takes note of a stretch without readings. */
  note(range: TimeRange, reason: string): void;
}

/**
 * How far before the last change that was heard a gap of a followed meter begins: changes of one instant arrive one
 * after the other, a busy process takes them late, and a kill or a cut can come between them. What is read twice is
 * kept once.
 */
const OVERLAP_MS = 15_000;
/** How far past the new connection it ends: what the source stamps in our own millisecond, or by a clock ahead of ours. */
const CLOCKS_DIFFER_MS = 1_000;

/**
 * Watches the flow of readings and says where one is missing: before the start, between connections, between polls.
 *
 * A followed meter is heard while its stream is connected. A polled one is heard when it answers with the home's power;
 * an answer that does not know it, of a meter that has known it before, is a reading that is still to come. A meter that
 * never tells the home's power is heard when it tells that of a circuit. The stretch between two answers that were heard
 * is a gap where there was another one, or a failure, in between.
 */
export class GapWatch {
  private lastAt: Date | null;
  private knowsTotalPower: boolean;
  private isConnected = false;
  /** Why the stretch since `lastAt` is a gap, if it is one. */
  private missing: string | undefined;

  constructor(private readonly options: GapWatchOptions) {
    this.lastAt = options.lastKeptAt;
    this.knowsTotalPower = options.knewTotalPower;
  }

  /** To be called once, when collecting begins. */
  start(): void {
    const { clock, lastKeptAt, wantedHistoryMs, note } = this.options;
    const now = clock.now();
    if (lastKeptAt) note({ from: this.since(lastKeptAt), to: now }, 'the service was not running');
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
    if (this.lastAt) {
      const to = new Date(now.getTime() + CLOCKS_DIFFER_MS);
      note({ from: this.since(this.lastAt), to }, 'the live stream was not connected');
    }
    this.lastAt = now;
    this.isConnected = true;
  }

  onDisconnected(): void {
    this.isConnected = false;
  }

  /** To be called before the reading is kept: a restart goes by the newest that is kept, a poll or not. */
  onPolled(reading: MeterReading): void {
    if (this.options.follows) {
      if (!this.isConnected && this.lastAt) {
        this.options.note(
          { from: this.since(this.lastAt), to: reading.observedAt },
          'the live stream was not connected',
        );
      }
      return;
    }
    if (!this.isHeard(reading)) {
      this.missing ??= 'the meter did not know the power of the home';
      return;
    }
    if (this.missing !== undefined && this.lastAt) {
      // An average speaks for the time before its instant too.
      const to = new Date(reading.observedAt.getTime() - reading.averagedOverS * 1000);
      if (to > this.lastAt) this.options.note({ from: this.lastAt, to }, this.missing);
    }
    this.missing = undefined;
    this.onReading(reading);
  }

  onPollFailed(): void {
    this.missing ??= 'the meter did not answer';
  }

  private since(at: Date): Date {
    return this.options.follows ? new Date(at.getTime() - OVERLAP_MS) : at;
  }

  private isHeard({ totalPowerW, circuits }: MeterReading): boolean {
    if (typeof totalPowerW === 'number') this.knowsTotalPower = true;
    if (totalPowerW !== null) return true;
    return !this.knowsTotalPower && circuits.some(({ powerW }) => powerW !== null);
  }
}
