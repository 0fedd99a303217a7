import { MeterReading } from '@smart-meter/meter-adapter';
import { Database } from './database';
import { ReadingReader } from './reading-reader';
import { Period, Sample, SampleCursor, SamplePage, SampleReader } from './sample-reader';
import { Series, SeriesCatalogue, SeriesKey } from './series';

/** How long ago a value may be and still belong to the latest reading, ms. */
const LATEST_WITHIN_MS = 15 * 60_000;

/** The questions that a journal answers. */
export class JournalReader {
  protected readonly database: Database;
  protected readonly catalogue: SeriesCatalogue;
  readonly #samples: SampleReader;
  readonly #readings: ReadingReader;

  /** @internal use `Journal.open` or `Journal.openReadOnly` */
  constructor(database: Database) {
    this.database = database;
    this.catalogue = new SeriesCatalogue(database);
    this.#samples = new SampleReader(database);
    this.#readings = new ReadingReader(database, this.catalogue, this.#samples);
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

  /** The first and the last sample of a series. */
  extent(seriesId: number): { oldest: Sample; newest: Sample } | undefined {
    const oldest = this.#samples.oldest(seriesId);
    const newest = this.#samples.newest(seriesId);
    return oldest && newest && { oldest, newest };
  }

  /** Safe to call twice. */
  close(): void {
    this.database.close();
  }
}
