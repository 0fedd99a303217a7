import { DateTime } from 'luxon';

const HOUR_S = 3600;

/** One calendar day of the home, in epoch seconds: 23, 24 or 25 hours long. */
export class LocalDay {
  readonly startS: number;
  readonly endS: number;
  readonly key: string;

  private constructor(private readonly start: DateTime) {
    this.startS = start.toSeconds();
    this.endS = start.plus({ days: 1 }).startOf('day').toSeconds();
    this.key = start.toFormat('yyyy-MM-dd');
  }

  static containing(epochS: number, timeZone: string): LocalDay {
    const start = DateTime.fromSeconds(epochS, { zone: timeZone }).startOf('day');
    if (!start.isValid) throw new RangeError(`time zone ${timeZone} or time ${epochS} is not valid`);
    return new LocalDay(start);
  }

  /** Monday is 1, Sunday 7. */
  get weekday(): number {
    return this.start.weekday;
  }

  get dayOfYear(): number {
    return this.start.ordinal;
  }

  get previous(): LocalDay {
    return new LocalDay(this.start.minus({ days: 1 }).startOf('day'));
  }

  get next(): LocalDay {
    return new LocalDay(this.start.plus({ days: 1 }).startOf('day'));
  }

  /** Epoch second of a wall-clock time given in hours after midnight; past 24 it falls on the next day. */
  at(hours: number): number {
    const seconds = Math.round(hours * HOUR_S);
    if (this.endS - this.startS === 24 * HOUR_S) return this.startS + seconds;
    const wallClock = {
      hour: Math.floor(seconds / HOUR_S) % 24,
      minute: Math.floor((seconds % HOUR_S) / 60),
      second: seconds % 60,
    };
    return this.start
      .plus({ days: Math.floor(seconds / (24 * HOUR_S)) })
      .set(wallClock)
      .toSeconds();
  }
}
