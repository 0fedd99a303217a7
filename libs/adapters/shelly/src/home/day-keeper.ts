import { Clock, DailyEnergy, toMeterError } from '@smart-meter/meter-adapter';
import { DateTime } from 'luxon';
import { ShellyDevice } from '../device';
import { Placement } from './roles';

export interface DayKeeperOptions {
  daily: DailyEnergy;
  clock: Clock;
  /** IANA zone of the home. */
  timeZone: string;
  device(host: string): ShellyDevice;
}

const RETRY_MS = 30 * 60_000;
const SAVE_INTERVAL_MS = 60_000;
/** A day of one-minute records takes a device about half a minute. */
const LONGEST_LOOK_BACK_MS = 45_000;

/** Keeps the energy of today over restarts, and asks the devices' records for what was used before the first start. */
export class DayKeeper {
  private lookBackDueAtMs = -Infinity;
  private saveDueAtMs = -Infinity;

  constructor(private readonly options: DayKeeperOptions) {}

  /** Takes up what was saved. @returns what the user should know */
  async open(signal: AbortSignal): Promise<string[]> {
    signal.throwIfAborted();
    try {
      await this.options.daily.load();
      return [];
    } catch (error) {
      return [`the energy of today is counted anew: ${toMeterError(error, 'loading it').message}`];
    }
  }

  /** Fills in what is missing, and saves. @returns what the user should know */
  async settle(placement: Placement, at: Date, signal: AbortSignal): Promise<string[]> {
    const { clock, daily } = this.options;
    if (clock.monotonicMs() >= this.lookBackDueAtMs) await this.lookBack(placement, at, signal);
    try {
      await daily.save();
      return [];
    } catch (error) {
      return [
        `after a restart the energy of today may be unknown: ${toMeterError(error, 'saving it').message}`,
      ];
    }
  }

  /** Saves at most once a minute; a failure shows at the next poll. */
  saveNow(): void {
    const { clock, daily } = this.options;
    if (clock.monotonicMs() < this.saveDueAtMs) return;
    this.saveDueAtMs = clock.monotonicMs() + SAVE_INTERVAL_MS;
    daily.save().catch(() => undefined);
  }

  private async lookBack({ channels }: Placement, at: Date, signal: AbortSignal): Promise<void> {
    const { daily, device, clock, timeZone } = this.options;
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_LOOK_BACK_MS)]);
    const midnight = DateTime.fromJSDate(at, { zone: timeZone }).startOf('day').toMillis();
    for (const { key, host, component, isInverted } of channels) {
      if (!device(host).remembers(component) || daily.usedKwh(`${key}/import`, at) !== null) continue;
      this.lookBackDueAtMs = clock.monotonicMs() + RETRY_MS;
      try {
        const firstMs = (await device(host).firstRecordAt(component, bounded))?.getTime() ?? Infinity;
        // A device that remembers less than the day does not know what was used before.
        if (firstMs > midnight) continue;
        const records = await device(host).records(
          component,
          midnight / 1000,
          Math.ceil(at.getTime() / 1000),
          bounded,
        );
        const used = records.filter(({ endMs }) => endMs > midnight && endMs <= at.getTime());
        const sum = (direction: 'importKwh' | 'exportKwh') =>
          used.reduce((total, { sample }) => total + (sample[direction] ?? 0), 0);
        daily.setUsedKwh(`${key}/import`, sum(isInverted ? 'exportKwh' : 'importKwh'));
        daily.setUsedKwh(`${key}/export`, sum(isInverted ? 'importKwh' : 'exportKwh'));
      } catch {
        // Power does not depend on it: the energy stays unknown, and is asked for again later.
        signal.throwIfAborted();
      }
    }
  }
}
