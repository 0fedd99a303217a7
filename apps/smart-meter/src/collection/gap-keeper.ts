import { setImmediate } from 'node:timers/promises';
import { Gap, GapStore } from '@smart-meter/journal';
import {
  backoffDelayMs,
  Clock,
  HistoricalMeter,
  HistoryChunk,
  MeterReading,
  RetryPolicy,
  TimeRange,
  toMeterError,
} from '@smart-meter/meter-adapter';
import { Logger } from 'pino';
import { ReadingStore } from './reading-intake';

export interface GapKeeperOptions {
  meterId: string;
  /** undefined for a meter that does not remember: its gaps are noted and stay. */
  history: HistoricalMeter | undefined;
  gaps: GapStore;
  store: ReadingStore;
  clock: Clock;
  random(): number;
  logger: Logger;
}

/** One transaction never blocks the process for long. */
const READINGS_PER_TRANSACTION = 500;

const RETRY_POLICY: RetryPolicy = {
  firstDelayMs: 5_000,
  longestDelayMs: 10 * 60_000,
  longestRetryAfterMs: 6 * 60 * 60_000,
};

/** Notes every stretch without readings and fills it from the meter's own history, newest first. */
export class GapKeeper {
  private readonly stopping = new AbortController();
  private news = Promise.withResolvers<void>();
  private running: Promise<void> = Promise.resolve();
  private filling: { gap: Gap; doneMs: number } | null = null;

  constructor(private readonly options: GapKeeperOptions) {}

  /** What is being filled, and how far it is, 0 to 1; null when nothing is. */
  get progress(): { gap: Gap; share: number } | null {
    if (!this.filling) return null;
    const { gap, doneMs } = this.filling;
    return { gap, share: doneMs / Math.max(1, gap.to.getTime() - gap.from.getTime()) };
  }

  start(): void {
    this.running = this.run();
  }

  /** Ends after the chunk under way; the next start goes on from there. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.news.resolve();
    await this.running;
  }

  /** Takes note of a stretch without readings and begins to fill it. */
  note({ from, to }: TimeRange, reason: string): void {
    if (to <= from) return;
    const { gaps, meterId, history, logger } = this.options;
    const gap = gaps.open({ meterId, from, to, reason });
    if (history) this.news.resolve();
    else gaps.update(gap.id, { state: 'unfillable', detail: 'this meter keeps no history' });
    logger.info({ from, to, fillable: history !== undefined }, `readings are missing: ${reason}`);
  }

  private async run(): Promise<void> {
    const { history, gaps, meterId, clock, random, logger } = this.options;
    if (!history) return;
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      this.news = Promise.withResolvers();
      const gap = gaps.unfinished(meterId)[0];
      try {
        if (gap) await this.fill(gap, history);
        else await this.news.promise;
        failures = 0;
      } catch (caught) {
        if (this.stopping.signal.aborted) return;
        const error = toMeterError(caught, 'filling a gap');
        if (gap && error.code === 'unsupported') {
          gaps.update(gap.id, { state: 'unfillable', detail: error.message });
          logger.warn({ code: error.code }, `a gap cannot be filled: ${error.message}`);
          continue;
        }
        failures += 1;
        const delayMs = backoffDelayMs(failures, RETRY_POLICY, random, error.retryAfterMs);
        logger.warn({ code: error.code, delayMs }, `filling a gap will be tried again: ${error.message}`);
        // An abort ends the loop above.
        await clock.sleep(delayMs, this.stopping.signal).catch(() => undefined);
      } finally {
        this.filling = null;
      }
    }
  }

  private async fill(gap: Gap, history: HistoricalMeter): Promise<void> {
    const { gaps, logger } = this.options;
    const range = { from: gap.filledUntil ?? gap.from, to: gap.to };
    const unavailable: HistoryChunk['unavailable'] = [];
    let count = 0;
    for await (const chunk of history.fetchHistory(range, this.stopping.signal)) {
      await this.keep(chunk.readings);
      count += chunk.readings.length;
      unavailable.push(...chunk.unavailable);
      gaps.update(gap.id, { state: 'partial', filledUntil: chunk.range.to });
      this.filling = { gap, doneMs: chunk.range.to.getTime() - gap.from.getTime() };
    }
    if (this.stopping.signal.aborted) return;
    if (this.hasGrown(gap)) return;
    const nothing = count === 0 && unavailable.length > 0;
    gaps.update(gap.id, {
      state: nothing ? 'unfillable' : 'filled',
      filledUntil: gap.to,
      detail: unavailable.length === 0 ? null : describeUnavailable(unavailable),
    });
    logger.info({ from: gap.from, to: gap.to, readings: count }, nothing ? 'a gap stays' : 'a gap is filled');
  }

  /** A gap that was noted again while it was being filled goes on to a later end. */
  private hasGrown({ id, from, to }: Gap): boolean {
    const now = this.options.gaps.list({ meterId: this.options.meterId, from, to }).find((gap) => gap.id === id);
    return now !== undefined && now.to > to;
  }

  private async keep(readings: readonly MeterReading[]): Promise<void> {
    for (let start = 0; start < readings.length; start += READINGS_PER_TRANSACTION) {
      this.stopping.signal.throwIfAborted();
      this.options.store.store(readings.slice(start, start + READINGS_PER_TRANSACTION));
      // Live readings and requests come first.
      await setImmediate();
    }
  }
}

const MOST_STRETCHES_NAMED = 5;

function describeUnavailable(unavailable: HistoryChunk['unavailable']): string {
  const named = unavailable
    .slice(0, MOST_STRETCHES_NAMED)
    .map(({ range, reason }) => `${range.from.toISOString()} to ${range.to.toISOString()}: ${reason}`);
  const more = unavailable.length - named.length;
  return `the source does not have ${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
