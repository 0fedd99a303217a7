import { Clock, isMeterError } from '@smart-meter/meter-adapter';
import { CloudClient } from './cloud-client';
import { ChartQuery, Dialect, readChart } from './dialect';
import { CHART_SCALES, floor } from './history-windows';

/** Pause between two history requests: history is in no hurry, Emporia's servers are shared. */
const PAUSE_MS = 1_500;
const HOUR_MS = 3_600_000;
/** A request that Emporia refuses as wrong, or answers with nothing, is not repeated before this. */
const REFUSED_FOR_MS = 24 * HOUR_MS;
const EMPTY_FOR_MS = HOUR_MS;
/** Within this time a monitor that was offline may still hand in what it measured. */
const LATE_DATA_MS = HOUR_MS;
/** So that a window that was interrupted goes on where it was. */
const KEPT_FOR_MS = HOUR_MS;
const MOST_REMEMBERED = 2_000;

const MINUTE_MS = 60_000;

/** kWh by the end of the bucket, ms; buckets without data are absent. */
export type Series = ReadonlyMap<number, number>;

const EMPTY: Series = new Map();

/** Reads one channel's history at a time, slowly, and never asks twice for what it knows. */
export class ChartReader {
  private readonly remembered = new Map<string, { series: Series; untilMs: number }>();
  private lastAskedMs = -Infinity;

  constructor(
    private readonly client: CloudClient,
    private readonly dialect: Dialect,
    private readonly clock: Clock,
  ) {}

  /** Whether an answer is at hand without a request. */
  knows(query: ChartQuery): boolean {
    return this.recall(this.dialect.chartUrl(query)) !== undefined;
  }

  async read(query: ChartQuery, signal: AbortSignal): Promise<Series> {
    const url = this.dialect.chartUrl(query);
    const known = this.recall(url);
    if (known) return known;
    const waitMs = this.lastAskedMs + PAUSE_MS - this.clock.monotonicMs();
    if (waitMs > 0) await this.clock.sleep(waitMs, signal);
    this.lastAskedMs = this.clock.monotonicMs();
    try {
      const body = await this.client.get(
        { kind: 'chart', url, tokenHeader: this.dialect.tokenHeader },
        signal,
      );
      const series = toSeries(body, query);
      if (series.size > 0) this.remember(url, series, KEPT_FOR_MS);
      else if (this.isSettled(query)) this.remember(url, EMPTY, EMPTY_FOR_MS);
      return series;
    } catch (error) {
      if (!isMeterError(error) || error.code !== 'unsupported') throw error;
      this.remember(url, EMPTY, REFUSED_FOR_MS);
      return EMPTY;
    }
  }

  /** Lets go of what a finished window needed; what is known to be empty stays. */
  forgetData(): void {
    for (const [url, { series }] of this.remembered) if (series.size > 0) this.remembered.delete(url);
  }

  private isSettled(query: ChartQuery): boolean {
    return this.clock.now().getTime() - query.to.getTime() > LATE_DATA_MS;
  }

  private recall(url: string): Series | undefined {
    const entry = this.remembered.get(url);
    if (entry && entry.untilMs > this.clock.monotonicMs()) return entry.series;
    this.remembered.delete(url);
    return undefined;
  }

  private remember(url: string, series: Series, forMs: number): void {
    const oldest = this.remembered.keys().next();
    if (this.remembered.size >= MOST_REMEMBERED && !oldest.done) this.remembered.delete(oldest.value);
    this.remembered.set(url, { series, untilMs: this.clock.monotonicMs() + forMs });
  }
}

/** Anchored on the first bucket that the answer names: it can differ from the start that was asked for. */
function toSeries(body: unknown, { scale }: ChartQuery): Series {
  const chart = readChart(body);
  const bucketMs = CHART_SCALES.find((limits) => limits.scale === scale)?.bucketMs;
  if (!chart || bucketMs === undefined) return EMPTY;
  const firstMs = floor(chart.firstAt.getTime(), MINUTE_MS);
  const series = new Map<number, number>();
  chart.energiesKwh.forEach((energyKwh, index) => {
    if (energyKwh !== null) series.set(firstMs + (index + 1) * bucketMs, energyKwh);
  });
  return series;
}
