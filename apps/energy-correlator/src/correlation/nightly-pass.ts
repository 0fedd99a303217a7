import { CorrelationEngine } from '@smart-meter/correlation';
import { Journal } from '@smart-meter/journal';
import { Clock } from '@smart-meter/meter-adapter';
import { DateTime } from 'luxon';
import { Logger } from 'pino';
import { Configuration } from '../configuration/configuration';
import { EventInbox } from '../events/event-inbox';
import { Processor } from './processor';
import { SecondPass } from './second-pass';

export interface NightlyPassOptions {
  journal: Journal;
  inbox: EventInbox;
  processor: Processor;
  secondPass: SecondPass;
  configuration: Configuration;
  clock: Clock;
  logger: Logger;
}

const STATE_KEY = 'second pass';
const DAY_MS = 86_400_000;
/** A service that was off for longer does not answer all of that again. */
const MOST_DAYS = 7;
/** A home that has been known for no longer is answered again from its beginning: little had been learned by then. */
const NEW_HOME_DAYS = 7;
/** What is younger may still be revised by the method itself. */
const SETTLE_MS = 60 * 60_000;

/** Once a night, answers what happened since the last night again; in the first week of a home, all that happened. */
export class NightlyPass {
  constructor(private readonly options: NightlyPassOptions) {}

  /** Until when events have had their second answer; null before the first night. */
  get doneUntil(): Date | null {
    const untilMs = this.options.journal.state.get(STATE_KEY);
    return typeof untilMs === 'number' ? new Date(untilMs) : null;
  }

  /** Runs it if tonight's is due. Throws `MeterError` where power cannot be read. */
  async runIfDue(signal: AbortSignal): Promise<void> {
    const { clock, configuration, processor, inbox, journal, secondPass, logger } = this.options;
    const { method, processedUntil } = processor;
    const nowMs = clock.now().getTime();
    const dueMs = this.lastDueMs(nowMs);
    const doneUntilMs = this.doneUntil?.getTime();
    if (doneUntilMs !== undefined && doneUntilMs >= dueMs - SETTLE_MS) return;
    const retryMs = configuration.settings.retryWindowMinutes * 60_000;
    if (processedUntil === null || processedUntil.getTime() < dueMs) return;
    const toMs = Math.min(dueMs - SETTLE_MS, processedUntil.getTime() - retryMs);
    const newMs = Math.max(doneUntilMs ?? toMs - DAY_MS, toMs - MOST_DAYS * DAY_MS);
    const keepMs = configuration.settings.retentionDays * DAY_MS;
    if (method instanceof CorrelationEngine) {
      const fromMs = Math.min(newMs, this.newHomeSinceMs(toMs, keepMs) ?? newMs);
      await secondPass.readPower(newMs, toMs, signal);
      const summary = await secondPass.answer(method, { fromMs, toMs, pass: 'night' }, signal);
      logger.info({ from: new Date(fromMs), to: new Date(toMs), ...summary }, 'the second pass is done');
    }
    journal.state.set(STATE_KEY, dueMs - SETTLE_MS);
    while (inbox.purge(nowMs - keepMs) > 0) signal.throwIfAborted();
  }

  /** Since when there are events of a home that is new, as far as its power is still kept; null for any other. */
  private newHomeSinceMs(toMs: number, keepMs: number): number | null {
    const firstMs = this.options.inbox.firstMs();
    const reachMs = Math.min(NEW_HOME_DAYS * DAY_MS, keepMs - DAY_MS);
    return firstMs === null || toMs - firstMs > reachMs ? null : firstMs;
  }

  /** The last instant at which a second pass was due. */
  private lastDueMs(nowMs: number): number {
    const { configuration } = this.options;
    const local = DateTime.fromMillis(nowMs, { zone: configuration.timeZone });
    const today = local.startOf('day').set({ hour: configuration.settings.secondPassHour });
    return (today <= local ? today : today.minus({ days: 1 })).toMillis();
  }
}
