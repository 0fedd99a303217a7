import { Clock, DailyEnergy, toMeterError } from '@smart-meter/meter-adapter';
import { DateTime } from 'luxon';
import { ChannelSample } from '../channel';
import { ShellyDevice } from '../device';
import { PlacedChannel, Placement } from './roles';

export interface DayKeeperOptions {
  daily: DailyEnergy;
  clock: Clock;
  /** IANA zone of the home. */
  timeZone: string;
  device(host: string): ShellyDevice;
  /** The newest values of a channel. */
  sample(key: string): ChannelSample | undefined;
  /** Ends what goes on by itself. */
  signal: AbortSignal;
}

const RETRY_MS = 30 * 60_000;
const SAVE_INTERVAL_MS = 60_000;

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

  /** Saves, and has what is missing looked up meanwhile. @returns what the user should know */
  async settle(placement: Placement, at: Date): Promise<string[]> {
    const { clock, daily } = this.options;
    if (clock.monotonicMs() >= this.lookBackDueAtMs) this.lookBack(placement, at);
    try {
      await daily.save();
      return [];
    } catch (error) {
      const { message } = toMeterError(error, 'saving it');
      return [`after a restart the energy of today may be unknown: ${message}`];
    }
  }

  /** Saves at most once a minute; a failure shows at the next poll. */
  saveNow(): void {
    const { clock, daily } = this.options;
    if (clock.monotonicMs() < this.saveDueAtMs) return;
    this.saveDueAtMs = clock.monotonicMs() + SAVE_INTERVAL_MS;
    daily.save().catch(() => undefined);
  }

  /** A day of records takes a device about half a minute: no reading waits for it. */
  private lookBack({ channels }: Placement, at: Date): void {
    const { daily, device, clock } = this.options;
    const missing = channels.filter(
      ({ key, host, component }) =>
        device(host).remembers(component) && daily.usedKwh(`${key}/import`, at) === null,
    );
    if (missing.length === 0) return;
    this.lookBackDueAtMs = clock.monotonicMs() + RETRY_MS;
    for (const channel of missing) {
      // Power does not depend on it: the energy stays unknown, and is asked for again later.
      this.lookBackAt(channel, at).catch(() => undefined);
    }
  }

  private async lookBackAt({ key, host, component, isInverted }: PlacedChannel, at: Date): Promise<void> {
    const { daily, device, sample, signal, timeZone } = this.options;
    const { importKwh, exportKwh } = sample(key) ?? {};
    const midnight = DateTime.fromJSDate(at, { zone: timeZone }).startOf('day').toMillis();
    const firstAt = await device(host).firstRecordAt(component, signal);
    // A device that remembers less than the day does not know what was used before.
    if (
      !firstAt ||
      firstAt.getTime() > midnight ||
      typeof importKwh !== 'number' ||
      typeof exportKwh !== 'number'
    ) {
      return;
    }
    const untilS = Math.ceil(at.getTime() / 1000);
    const records = await device(host).records(component, midnight / 1000, untilS, signal);
    const today = records.filter(({ endMs }) => endMs > midnight && endMs <= at.getTime());
    const sum = (direction: 'importKwh' | 'exportKwh') =>
      today.reduce((total, record) => total + (record.sample[direction] ?? 0), 0);
    const [imported, exported] = [sum('importKwh'), sum('exportKwh')];
    daily.setUsedKwh(`${key}/import`, isInverted ? exported : imported, importKwh);
    daily.setUsedKwh(`${key}/export`, isInverted ? imported : exported, exportKwh);
  }
}
