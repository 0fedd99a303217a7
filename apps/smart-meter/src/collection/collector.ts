import { MeterAdapter, MeterError, MeterReading, PolledReading } from '@smart-meter/meter-adapter';
import { Logger } from 'pino';
import { CurrentPicture, withShares } from './current-picture';
import { GapWatch } from './gap-watch';
import { ReadingIntake } from './reading-intake';

export interface CollectorOptions {
  meter: MeterAdapter;
  intake: ReadingIntake;
  picture: CurrentPicture;
  watch: GapWatch;
  logger: Logger;
  /** Whether what the meter says is kept: a stand-in's values are shown and nothing else. */
  keeps: boolean;
}

/** Takes what polling and streaming bring: completes it, keeps it, and says in the log what a user should know. */
export class Collector {
  private warned = '';
  private hasAnswered = false;

  constructor(private readonly options: CollectorOptions) {}

  /** A whole answer of the meter; durable on return, or waiting in memory while the disk refuses. */
  onAnswer({ reading, warnings }: PolledReading): void {
    this.sayFirst(reading);
    this.warnOnce(warnings);
    this.options.watch.onPolled(reading);
    this.options.picture.retainCircuitsOf(reading);
    this.take(reading, (complete) => this.options.intake.accept([complete]));
  }

  /** A change that the meter pushed; durable within milliseconds. */
  onChange(reading: MeterReading): void {
    this.options.watch.onReading(reading);
    this.take(reading, (complete) => this.options.intake.push(complete));
  }

  onFetchFailed(error: MeterError): void {
    this.options.watch.onPollFailed();
    this.options.logger.warn({ code: error.code }, error.message);
  }

  private take(reading: MeterReading, keep: (complete: MeterReading) => void): void {
    const { picture, keeps } = this.options;
    const complete = withShares(reading, picture.totalPowerW);
    if (keeps) keep(complete);
    else picture.add(complete);
  }

  /** The connection test of the start: the first answer says that the meter can be read, a failure why not. */
  private sayFirst({ totalPowerW, circuits }: MeterReading): void {
    if (this.hasAnswered) return;
    this.hasAnswered = true;
    const { meter, logger } = this.options;
    logger.info({ meterType: meter.meterType, totalPowerW, circuits: circuits.length }, 'the meter answers');
  }

  /** A lasting oddity is worth one line and not one per cycle. */
  private warnOnce(warnings: readonly string[]): void {
    const text = warnings.join('; ');
    if (text !== this.warned && text !== '') this.options.logger.warn(text);
    this.warned = text;
  }
}
