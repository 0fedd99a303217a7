import { Clock, HistoryChunk, MeterReading, TimeRange } from '@smart-meter/meter-adapter';
import { ChartReader, Series } from './chart-reader';
import { ChartQuery, Scale } from './dialect';
import { ceil, CHART_SCALES, floor, HistoryWindow, nextWindow } from './history-windows';
import { Circuit, Layout } from './layout';
import { Energies, makeReading } from './reading';
import { RequestLedger } from './request-ledger';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Emporia needs some seconds to take a minute in; the last bucket is incomplete until then. */
const INGESTION_LAG_MS = 60_000;
/** A hole with data after it is final once late data can no longer come; one at the end only after a day. */
const FINAL_AFTER_MS = HOUR_MS;
const FINAL_AT_THE_END_AFTER_MS = 24 * HOUR_MS;
/** Some units never fill their minute chart of the mains: not tried again before this. */
const BLANK_MINUTES_FOR_MS = HOUR_MS;

const NOT_MEASURED = 'Emporia has no data: the monitor was offline or not installed yet.';

/** What the charts of one window hold. */
interface WindowData {
  scale: Scale;
  bucketMs: number;
  series: ReadonlyMap<string, Series>;
}

/** Readings of the past from the charts of every channel. */
export class EmporiaHistory {
  private blankMinutesUntilMs = -Infinity;

  constructor(
    private readonly meterId: string,
    private readonly charts: ChartReader,
    private readonly ledger: RequestLedger,
    private readonly clock: Clock,
  ) {}

  /** One chunk per window of the charts. A part that throws can be asked for again without repeating requests. */
  async *read(range: TimeRange, layout: Layout, signal: AbortSignal): AsyncGenerator<HistoryChunk> {
    for (let from = range.from; from < range.to;) {
      const window = nextWindow(from, range.to, this.clock.now());
      const data = await this.readWindow(window, layout, signal);
      this.charts.forgetData();
      yield this.toChunk(window.range, layout, data);
      from = window.range.to;
    }
  }

  private async readWindow(window: HistoryWindow, layout: Layout, signal: AbortSignal): Promise<WindowData> {
    const mains = layout.circuits.filter(({ role }) => role === 'home');
    const fine = this.resolution(window);
    this.expectRequestsLeft(window, fine, layout);
    let data = await this.readCircuits(window, fine, mains, signal);
    if (fine === '1MIN' && mains.length > 0 && isEmpty(data)) {
      const coarse = await this.readCircuits(window, '15MIN', mains, signal);
      if (!isEmpty(coarse)) {
        data = coarse;
        this.blankMinutesUntilMs = this.clock.monotonicMs() + BLANK_MINUTES_FOR_MS;
      }
    }
    const others = layout.circuits.filter((circuit) => circuit.role !== 'home' && isRead(circuit));
    const [deviceMains, branches] = partition(others, ({ key }) => key === 'mains');
    const below = await this.readCircuits(window, data.scale, deviceMains, signal);
    const series = new Map([...data.series, ...below.series]);
    const awake = branches.filter(({ gid }) => !isAsleep(gid, series));
    const rest = await this.readCircuits(window, data.scale, awake, signal);
    return { ...data, series: new Map([...series, ...rest.series]) };
  }

  private resolution({ scale }: HistoryWindow): Scale {
    return scale === '1MIN' && this.clock.monotonicMs() < this.blankMinutesUntilMs ? '15MIN' : scale;
  }

  /** A window that cannot be finished today is not begun. */
  private expectRequestsLeft(window: HistoryWindow, scale: Scale, layout: Layout): void {
    const missing = layout.circuits.filter(
      (circuit) => isRead(circuit) && !this.charts.knows(chartQuery(window, scale, circuit)),
    );
    this.ledger.expectRoomFor('chart', missing.length);
  }

  private async readCircuits(
    window: HistoryWindow,
    scale: Scale,
    circuits: readonly Circuit[],
    signal: AbortSignal,
  ): Promise<WindowData> {
    const series = new Map<string, Series>();
    for (const circuit of circuits) {
      if (!isRead(circuit)) continue;
      series.set(circuit.id, await this.charts.read(chartQuery(window, scale, circuit), signal));
    }
    return { scale, bucketMs: bucketMsOf(scale), series };
  }

  private toChunk(range: TimeRange, layout: Layout, { bucketMs, series }: WindowData): HistoryChunk {
    const nowMs = this.clock.now().getTime();
    const lastMs = Math.min(range.to.getTime(), nowMs - INGESTION_LAG_MS);
    const readings: MeterReading[] = [];
    const holes: TimeRange[] = [];
    let coveredToMs = range.from.getTime();
    const coverTo = (startMs: number, endMs: number) => {
      if (startMs > coveredToMs) holes.push({ from: new Date(coveredToMs), to: new Date(startMs) });
      coveredToMs = endMs;
    };
    for (const endMs of bucketEnds(series)) {
      if (endMs <= range.from.getTime() || endMs > lastMs) continue;
      coverTo(endMs - bucketMs, endMs);
      readings.push(this.reading(layout, endMs, bucketMs, energiesAt(series, endMs)));
    }
    // What is left of an unfinished bucket is no hole: the bucket's reading lies beyond the range.
    if (lastMs - coveredToMs >= bucketMs) coverTo(lastMs, lastMs);
    const lastDataMs = readings.at(-1)?.observedAt.getTime() ?? -Infinity;
    const isFinal = ({ to }: TimeRange) =>
      nowMs - to.getTime() > (to.getTime() < lastDataMs ? FINAL_AFTER_MS : FINAL_AT_THE_END_AFTER_MS);
    const unavailable = holes.filter(isFinal).map((hole) => ({ range: hole, reason: NOT_MEASURED }));
    return { range, readings, unavailable };
  }

  private reading(layout: Layout, endMs: number, bucketMs: number, energies: Energies): MeterReading {
    return makeReading({
      meterId: this.meterId,
      layout,
      observedAt: new Date(endMs),
      bucketS: bucketMs / 1000,
      energies,
      dailyKwh: new Map(),
      provenance: 'backfill',
    });
  }
}

/** Listed circuits and those that make up the home, as far as Emporia keeps their history. */
function isRead(circuit: Circuit): boolean {
  return circuit.chartChannel !== null && (circuit.listed || circuit.counts);
}

function chartQuery({ range }: HistoryWindow, scale: Scale, circuit: Circuit): ChartQuery {
  const bucketMs = bucketMsOf(scale);
  return {
    deviceGid: circuit.gid,
    channel: circuit.chartChannel ?? '',
    from: new Date(floor(range.from.getTime(), bucketMs)),
    // The end is included: a second less, or the bucket after it would come along.
    to: new Date(ceil(range.to.getTime(), bucketMs) - 1000),
    scale,
  };
}

function bucketMsOf(scale: Scale): number {
  return CHART_SCALES.find((limits) => limits.scale === scale)?.bucketMs ?? MINUTE_MS;
}

/** The ends of all buckets in which some channel has data, oldest first. */
function bucketEnds(series: ReadonlyMap<string, Series>): number[] {
  const ends = new Set<number>();
  for (const values of series.values()) for (const endMs of values.keys()) ends.add(endMs);
  return [...ends].sort((a, b) => a - b);
}

function energiesAt(series: ReadonlyMap<string, Series>, endMs: number): Energies {
  return new Map([...series].map(([id, values]) => [id, values.get(endMs) ?? null]));
}

/** Behind mains without any data the branches have none either: the unit was offline. */
function isAsleep(gid: number, series: ReadonlyMap<string, Series>): boolean {
  return series.get(`${gid}/mains`)?.size === 0;
}

function isEmpty({ series }: WindowData): boolean {
  return [...series.values()].every((values) => values.size === 0);
}

function partition<T>(items: readonly T[], belongs: (item: T) => boolean): [T[], T[]] {
  return [items.filter(belongs), items.filter((item) => !belongs(item))];
}
