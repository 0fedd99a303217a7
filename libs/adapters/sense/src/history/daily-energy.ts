import { SenseAccount } from '../sense-account';
import { SenseMonitor } from '../monitor';
import { HOUR_MS, totalOf } from './usage';
import { fetchDayUsage } from './usage-client';

/** Energy since local midnight, kWh. */
export interface DailyEnergy {
  homeKwh: number | null;
  /** By device id; a device that is missing has drawn nothing that Sense knows of. */
  deviceKwh: ReadonlyMap<string, number | null>;
}

const REFRESH_MS = 5 * 60_000;
/** An older total is no longer the energy "since midnight until now". */
const USABLE_MS = 15 * 60_000;

/** The day's energy, asked for every five minutes and right after midnight. */
export class DailyEnergyReader {
  private last: { energy: DailyEnergy; dayEnd: Date; fetchedAtMs: number } | null = null;
  private lastTriedAtMs = -Infinity;

  constructor(private readonly account: SenseAccount) {}

  /** @returns null where it is not known. Throws `MeterError` where asking fails and nothing recent is at hand. */
  async read(monitor: SenseMonitor, signal: AbortSignal): Promise<DailyEnergy | null> {
    const nowMs = this.account.clock.monotonicMs();
    const isOver = this.last !== null && this.account.clock.now() >= this.last.dayEnd;
    if (isOver) this.last = null;
    if (!isOver && nowMs - this.lastTriedAtMs < REFRESH_MS) return this.recent(nowMs);
    this.lastTriedAtMs = nowMs;
    try {
      await this.refresh(monitor, signal);
    } catch (error) {
      if (signal.aborted || !this.recent(nowMs)) throw error;
    }
    return this.recent(nowMs);
  }

  private recent(nowMs: number): DailyEnergy | null {
    return this.last && nowMs - this.last.fetchedAtMs < USABLE_MS ? this.last.energy : null;
  }

  private async refresh(monitor: SenseMonitor, signal: AbortSignal): Promise<void> {
    const { clock } = this.account;
    const now = clock.now();
    const usage = await fetchDayUsage(this.account, monitor, now, signal);
    const homeKwh = totalOf(usage);
    const isAnHourOld = now.getTime() - usage.start.getTime() >= HOUR_MS;
    this.last = {
      energy: {
        // A home never draws exactly nothing for an hour: that is a monitor that has measured nothing.
        homeKwh: homeKwh === 0 && isAnHourOld ? null : homeKwh,
        deviceKwh: new Map(usage.devices.map((device) => [device.id, totalOf(device)])),
      },
      dayEnd: usage.end,
      fetchedAtMs: clock.monotonicMs(),
    };
  }
}
