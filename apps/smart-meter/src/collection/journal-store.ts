import { Journal, OutboxLines } from '@smart-meter/journal';
import { MeterReading } from '@smart-meter/meter-adapter';
import { ReadingStore } from './reading-intake';

/** What InfluxDB is to be told of a reading; undefined for nothing. */
export type ReadingEncoder = (reading: MeterReading) => OutboxLines | undefined;

/** Readings and the lines that they become, in one transaction of the journal. */
export class JournalStore implements ReadingStore {
  constructor(
    private readonly journal: Journal,
    private readonly encode: ReadingEncoder,
    /** Whether made-up values are what this installation is about. */
    private readonly keepsMock: boolean,
  ) {}

  store(readings: readonly MeterReading[]): void {
    this.journal.append({ readings, encode: this.encode, alsoKeep: this.keepsMock ? ['mock'] : [] });
  }
}
