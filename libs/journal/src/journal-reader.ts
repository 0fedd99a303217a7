import { Clock, MeterReading } from '@smart-meter/meter-adapter';
import { Bucket } from './buckets';
import { Database } from './database';
import { DiskReserve } from './disk-reserve';
import { EnergyPeriod, EnergyQuery } from './energy';
import { GapStore } from './gap-store';
import { CalendarUnit, LocalCalendar } from './local-calendar';
import { JournalLog } from './log';
import { Meta } from './meta';
import { Outbox } from './outbox';
import { Quarantine } from './quarantine';
import { ReadingReader } from './reading-reader';
import { Resolution, RollupStore } from './rollup-store';
import { Period, Sample, SampleCursor, SamplePage, SampleReader } from './sample-reader';
import { isPower, Series, SeriesCatalogue, SeriesKey } from './series';
import { StateStore } from './state-store';
import { countAll, JournalStats } from './stats';
import { verify, VerifyProgress, VerifyReport } from './verify';

/** How long ago a value may be and still belong to the latest reading, ms. */
const LATEST_WITHIN_MS = 15 * 60_000;

/** What is known of a series in five minutes, a local hour or a local day. For a counter, `mean` is its last value. */
export interface Rollup extends Bucket {
  /** Energy of the covered time, Wh; null for what is not a power. */
  energyWh: number | null;
}

/** A sample with its series. */
export type ExportedSample = Omit<Series, 'id'> & Sample;

const EXPORT_PAGE = 5_000;

export interface ReaderParts {
  database: Database;
  clock: Clock;
  log: JournalLog;
  outboxMaxBytes: number;
  reserve?: DiskReserve;
  /** Default: the one that the journal was last written with. */
  timeZone?: string;
}

/** The questions that a journal answers. */
export class JournalReader {
  readonly outbox: Pick<Outbox, 'stats' | 'take'> & { readonly quarantine: Pick<Quarantine, 'list'> };
  readonly gaps: Pick<GapStore, 'list' | 'unfinished'>;
  readonly state: Pick<StateStore, 'get'>;
  protected readonly database: Database;
  protected readonly catalogue: SeriesCatalogue;
  protected readonly meta: Meta;
  protected readonly rollupStore: RollupStore;
  protected readonly calendar: LocalCalendar;
  readonly #samples: SampleReader;
  readonly #readings: ReadingReader;
  readonly #energy: EnergyQuery;

  protected constructor({ database, clock, log, outboxMaxBytes, timeZone, reserve }: ReaderParts) {
    this.database = database;
    this.meta = new Meta(database);
    this.calendar = new LocalCalendar(timeZone ?? this.meta.get('timeZone') ?? 'UTC');
    this.catalogue = new SeriesCatalogue(database);
    this.rollupStore = new RollupStore(database);
    this.outbox = new Outbox(database, clock, outboxMaxBytes, log, () => {
      if (reserve?.release() !== true) return false;
      // What waits in the log is written to its place, and the log's own room is free too.
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      return true;
    });
    this.gaps = new GapStore(database, clock);
    this.state = new StateStore(database);
    this.#samples = new SampleReader(database);
    this.#readings = new ReadingReader(database, this.catalogue, this.#samples);
    this.#energy = new EnergyQuery(this.rollupStore, this.catalogue, this.calendar);
  }

  /** @internal use `Journal.openReadOnly` */
  static over(parts: ReaderParts): JournalReader {
    return new JournalReader(parts);
  }

  /** IANA name of the zone that days and hours follow. */
  get timeZone(): string {
    return this.calendar.timeZone;
  }

  /** Everything that is or was measured, in the order of its first appearance. */
  series(meterId?: string): Series[] {
    return this.database.guard(() => this.catalogue.list(meterId));
  }

  findSeries(key: SeriesKey): Series | undefined {
    return this.database.guard(() => this.catalogue.find(key));
  }

  /**
   * What was in force last: the newest value of everything that the meter told of within `withinMs` before
   * its newest value, as one reading at the time of that. undefined where the meter has told nothing yet.
   */
  latestReading(meterId: string, { withinMs = LATEST_WITHIN_MS } = {}): MeterReading | undefined {
    return this.database.guard(() => this.#readings.latest(meterId, withinMs));
  }

  /**
   * Readings of a period, meter by meter, oldest first, read on as they are asked for: memory stays flat.
   * `percentage` is computed where the reading has the whole home's power.
   */
  readings(period: Period & { meterId?: string }): Generator<MeterReading, void, undefined> {
    return this.#readings.readings(period, period.meterId);
  }

  /** All samples of one series in a period, oldest first. */
  samples(seriesId: number, period: Period): Sample[] {
    return this.#samples.range(seriesId, period);
  }

  /** Some samples of one series, to go on from at `nextCursor`. */
  samplePage(seriesId: number, period: Period, options: { after?: SampleCursor; limit: number }): SamplePage {
    return this.#samples.page(seriesId, period, options);
  }

  /** The first and the last raw sample of a series. */
  extent(seriesId: number): { oldest: Sample; newest: Sample } | undefined {
    const oldest = this.#samples.oldest(seriesId);
    const newest = this.#samples.newest(seriesId);
    return oldest && newest && { oldest, newest };
  }

  /** The last raw sample of a series whose value is known. */
  newestKnown(seriesId: number): Sample | undefined {
    return this.#samples.newestKnown(seriesId);
  }

  /** Roll-ups of one series that start in a period, oldest first; only stretches in which something is known. */
  rollups(seriesId: number, resolution: Resolution, { from, to }: Period): Rollup[] {
    return this.database.guard(() => {
      const power = isPower(this.catalogue.byId(seriesId).quantity);
      this.settleRollups?.([seriesId], from.getTime(), to.getTime());
      return this.rollupStore.range(seriesId, resolution, from.getTime(), to.getTime()).map((bucket) => ({
        ...bucket,
        energyWh: power ? (bucket.mean * bucket.coveredMs) / 3_600_000 : null,
      }));
    });
  }

  /**
   * Energy of one power series per local day, ISO week, month or year: whole periods, of which the first is the
   * one that `from` is in. Days of which nothing is known are absent.
   * Throws `RangeError` where the series is not a power.
   */
  energy(seriesId: number, per: CalendarUnit, { from, to }: Period): EnergyPeriod[] {
    return this.database.guard(() => {
      const series = this.catalogue.byId(seriesId);
      if (!isPower(series.quantity))
        throw new RangeError(`series ${seriesId} is ${series.quantity}, not a power`);
      const counter = this.catalogue.counterOf(series);
      const startMs = this.calendar.periodOf(per, from.getTime()).startMs;
      const endMs = this.calendar.periodOf(per, to.getTime()).endMs;
      this.settleRollups?.([seriesId, ...(counter ? [counter.id] : [])], startMs, endMs);
      return this.#energy.perPeriod(series, per, from.getTime(), to.getTime());
    });
  }

  /**
   * Samples of a period with all that is known of them, series by series, read on as they are asked for: for exports.
   */
  *exportSamples(period: Period & { meterId?: string }): Generator<ExportedSample, void, undefined> {
    for (const { id, ...series } of this.series(period.meterId)) {
      let after: SampleCursor | undefined;
      do {
        const options = { limit: EXPORT_PAGE, ...(after && { after }) };
        const page = this.samplePage(id, period, options);
        for (const sample of page.samples) yield { ...series, ...sample };
        after = page.nextCursor;
      } while (after !== undefined);
    }
  }

  /** Looks at every page and at what must hold between the tables. Does not repair anything. */
  verify({
    onProgress = () => undefined,
  }: { onProgress?: (progress: VerifyProgress) => void } = {}): Promise<VerifyReport> {
    return verify(this.database, onProgress);
  }

  /** Counts everything there is: for people. What is asked often is in `outbox.stats`. */
  stats(): JournalStats {
    return this.database.guard(() =>
      countAll(this.database, {
        series: this.series(),
        outbox: this.outbox.stats(),
        timeZone: this.timeZone,
      }),
    );
  }

  /** Safe to call twice. */
  close(): void {
    this.database.close();
  }

  /** Brings roll-ups up to date before they are read; a reader takes them as the writer left them. */
  protected settleRollups?(seriesIds: readonly number[], fromMs: number, toMs: number): void;
}
