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
import { askAgainAt, silentStretches } from './silence';

export interface GapKeeperOptions {
  meterId: string;
  /** Whether the meter tells its changes by itself: then a time without a reading is one without a change. */
  follows: boolean;
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
const WRITE_AGAIN_AFTER_MS = 10_000;
/** Notes that wait for the disk; stretches that follow each other matter little apart. */
const MOST_UNWRITTEN = 1_000;

const RETRY_POLICY: RetryPolicy = {
  firstDelayMs: 5_000,
  longestDelayMs: 10 * 60_000,
  longestRetryAfterMs: 6 * 60 * 60_000,
};

/** What a run through the history has found of a gap. */
interface Found {
  readings: number;
  unavailable: HistoryChunk['unavailable'];
  /** The stretches for which the source may still get data. */
  silent: { range: TimeRange; askAgainAt: Date }[];
}

/**
 * Notes every stretch without readings and fills it from the meter's own history, newest first.
 *
 * A gap is filled once the source has spoken for all of it: with readings, or with the word that it has none. Where a
 * meter that is polled is silent, its data may come in late: from there on the source is asked again 5 minutes, an hour
 * and a day after the end of that stretch, and only then is silence an answer. For a meter that tells its changes it is
 * one at once. An error is tried again with back-off for as long as it lasts.
 */
export class GapKeeper {
  private readonly stopping = new AbortController();
  /** By the id of a gap whose source was silent: when to ask it again. After a restart all are asked at once. */
  private readonly askAgainAtMs = new Map<number, number>();
  private news = Promise.withResolvers<void>();
  private running: Promise<void> = Promise.resolve();
  private filling: { gap: Gap; doneMs: number } | null = null;
  private readonly unwritten: { range: TimeRange; reason: string }[] = [];
  private writeTimer: NodeJS.Timeout | undefined;

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
    this.writeNotes();
    clearTimeout(this.writeTimer);
    this.news.resolve();
    await this.running;
  }

  /**
   * Takes note of a stretch without readings and begins to fill it. Never throws: while the disk refuses, the note
   * waits in memory and is tried again.
   */
  note(range: TimeRange, reason: string): void {
    if (range.to <= range.from) return;
    this.unwritten.push({ range, reason });
    if (this.unwritten.length > MOST_UNWRITTEN) this.unwritten.shift();
    this.writeNotes();
  }

  private writeNotes(): void {
    clearTimeout(this.writeTimer);
    const { gaps, meterId, history, logger } = this.options;
    for (let next = this.unwritten[0]; next; next = this.unwritten[0]) {
      const { range, reason } = next;
      try {
        const gap = gaps.open({ meterId, ...range, reason });
        this.askAgainAtMs.delete(gap.id);
        if (!history) gaps.update(gap.id, { state: 'unfillable', detail: 'this meter keeps no history' });
      } catch (err) {
        logger.error({ err, ...range }, 'a gap cannot be noted now; it will be tried again');
        this.writeTimer = setTimeout(() => this.writeNotes(), WRITE_AGAIN_AFTER_MS);
        this.writeTimer.unref();
        return;
      }
      this.unwritten.shift();
      logger.info({ ...range, fillable: history !== undefined }, `readings are missing: ${reason}`);
      if (history) this.news.resolve();
    }
  }

  private async run(): Promise<void> {
    const { history, gaps, meterId, clock, random, logger } = this.options;
    if (!history) return;
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      this.news = Promise.withResolvers();
      const unfinished = gaps.unfinished(meterId);
      const gap = unfinished.find(({ id }) => this.waitMs(id) === 0);
      try {
        if (gap) await this.fill(gap, history);
        else await this.newsWithin(Math.min(...unfinished.map(({ id }) => this.waitMs(id))));
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

  private waitMs(gapId: number): number {
    const askAgainAtMs = this.askAgainAtMs.get(gapId) ?? 0;
    return Math.max(0, askAgainAtMs - this.options.clock.now().getTime());
  }

  private async newsWithin(ms: number): Promise<void> {
    if (ms === Infinity) return this.news.promise;
    const heard = new AbortController();
    const signal = AbortSignal.any([heard.signal, this.stopping.signal]);
    // An abort of either only ends the wait.
    await Promise.race([this.news.promise, this.options.clock.sleep(ms, signal).catch(() => undefined)]);
    heard.abort();
  }

  private async fill(gap: Gap, history: HistoricalMeter): Promise<void> {
    const { gaps } = this.options;
    const range = { from: gap.filledUntil ?? gap.from, to: gap.to };
    const found: Found = { readings: 0, unavailable: [], silent: [] };
    for await (const chunk of history.fetchHistory(range, this.stopping.signal)) {
      await this.keep(chunk.readings);
      found.readings += chunk.readings.length;
      found.unavailable.push(...chunk.unavailable);
      found.silent.push(...this.silentStretches(chunk, history));
      // An interrupted run goes on where the source was silent first.
      gaps.update(gap.id, { state: 'partial', filledUntil: found.silent[0]?.range.from ?? chunk.range.to });
      this.filling = { gap, doneMs: chunk.range.to.getTime() - gap.from.getTime() };
    }
    if (this.stopping.signal.aborted || this.hasGrown(gap)) return;
    if (found.silent.length === 0) this.finish(gap, found);
    else this.rest(gap, found);
  }

  private silentStretches(chunk: HistoryChunk, history: HistoricalMeter): Found['silent'] {
    const { follows, clock } = this.options;
    if (follows) return [];
    return silentStretches(chunk, history.historyLimits[0]?.resolutionS ?? 0).flatMap((range) => {
      const at = askAgainAt(range, clock.now());
      return at === null ? [] : [{ range, askAgainAt: at }];
    });
  }

  private finish(gap: Gap, { readings, unavailable }: Found): void {
    // Where the run began later, there were readings before.
    const isWhole = (gap.filledUntil ?? gap.from) <= gap.from;
    const nothing = isWhole && readings === 0 && unavailable.length > 0;
    this.options.gaps.update(gap.id, {
      state: nothing ? 'unfillable' : 'filled',
      filledUntil: gap.to,
      detail: unavailable.length === 0 ? null : `the source does not have ${describeStretches(unavailable)}`,
    });
    const { from, to } = gap;
    this.options.logger.info({ from, to, readings }, nothing ? 'a gap stays' : 'a gap is filled');
  }

  private rest(gap: Gap, { readings, silent }: Found): void {
    const askAgainAtMs = Math.min(...silent.map(({ askAgainAt: at }) => at.getTime()));
    const at = new Date(askAgainAtMs).toISOString();
    const stretches = describeStretches(silent.map(({ range }) => ({ range })));
    this.askAgainAtMs.set(gap.id, askAgainAtMs);
    this.options.gaps.update(gap.id, {
      detail: `the source has nothing yet for ${stretches}: it is asked again at ${at}`,
    });
    const { from, to } = gap;
    this.options.logger.info({ from, to, readings, askAgainAt: at }, 'a gap is not filled yet');
  }

  /** A gap that was noted again while it was being filled goes on to a later end. */
  private hasGrown({ id, from, to }: Gap): boolean {
    const now = this.options.gaps
      .list({ meterId: this.options.meterId, from, to })
      .find((gap) => gap.id === id);
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

function describeStretches(stretches: readonly { range: TimeRange; reason?: string }[]): string {
  const named = stretches.slice(0, MOST_STRETCHES_NAMED).map(({ range, reason }) => {
    const text = `${range.from.toISOString()} to ${range.to.toISOString()}`;
    return reason === undefined ? text : `${text}: ${reason}`;
  });
  const more = stretches.length - named.length;
  return `${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
