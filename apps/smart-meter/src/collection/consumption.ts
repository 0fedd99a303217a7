import { Clock, MeterReading } from '@smart-meter/meter-adapter';
import { CurrentPicture } from './current-picture';
import { FetchStatistics } from './fetch-statistics';

/** How long an old picture may stand in for a meter that does not answer. */
const CACHE_LASTS_MS = 15 * 60_000;

export interface ConsumptionOptions {
  clock: Clock;
  picture: CurrentPicture;
  statistics: FetchStatistics;
  /** Whether changes arrive as they happen. */
  isStreaming(): boolean;
  /** A made-up reading, labelled as such. */
  mockReading(): Promise<MeterReading>;
}

/** What is shown as the home's consumption: measured, else remembered for a while, else made up; always labelled. */
export class Consumption {
  constructor(private readonly options: ConsumptionOptions) {}

  async current(): Promise<MeterReading> {
    const { picture, clock, mockReading } = this.options;
    const reading = picture.reading();
    if (!reading) return mockReading();
    if (this.isFresh()) return reading;
    const ageMs = clock.now().getTime() - reading.observedAt.getTime();
    if (ageMs > CACHE_LASTS_MS) return mockReading();
    return { ...reading, provenance: reading.provenance === 'mock' ? 'mock' : 'cached' };
  }

  private isFresh(): boolean {
    const { statistics, isStreaming } = this.options;
    return isStreaming() || (statistics.lastSuccessAt !== null && !statistics.lastAttemptFailed);
  }
}
