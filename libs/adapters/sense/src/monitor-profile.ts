import { expectObject, isMeterError, MeterError } from '@smart-meter/meter-adapter';
import { CircuitTable } from './live/circuits';
import { DeviceInventory, parseInventory } from './live/devices';
import { chooseMonitorId, listMonitors, parseMonitor, SenseMonitor } from './monitor';
import { SenseAccount } from './sense-account';

const MONITOR_REFRESH_MS = 24 * 60 * 60_000;
const INVENTORY_REFRESH_MS = 6 * 60 * 60_000;
/** After Sense has said that something changed, or a list that could not be had. */
const INVENTORY_RETRY_MS = 10 * 60_000;

/** What changes seldom about one monitor: its zone, its solar system, its devices. Asked for rarely, kept meanwhile. */
export class MonitorProfile {
  readonly circuits = new CircuitTable();
  private monitor: { value: SenseMonitor; fetchedAtMs: number } | null = null;
  private inventory: DeviceInventory | null = null;
  private inventoryDueMs = -Infinity;
  private inventoryTriedAtMs = -Infinity;

  constructor(
    private readonly account: SenseAccount,
    private readonly wantedId: string | undefined,
  ) {}

  /** The monitor to read. Throws `MeterError`, `configuration` where the choice is not clear. */
  async current(signal: AbortSignal): Promise<SenseMonitor> {
    const nowMs = this.account.clock.monotonicMs();
    if (this.monitor && nowMs - this.monitor.fetchedAtMs < MONITOR_REFRESH_MS) return this.monitor.value;
    const listed = await this.account.monitors(signal);
    const value = await this.fetchMonitor(chooseMonitorId(listed, this.wantedId), listed, signal);
    this.monitor = { value, fetchedAtMs: nowMs };
    return value;
  }

  /**
   * The devices, from Sense where that is due.
   * @returns null, and a warning, where they have never been had
   */
  async devices(
    monitor: SenseMonitor,
    warnings: string[],
    signal: AbortSignal,
  ): Promise<DeviceInventory | null> {
    const nowMs = this.account.clock.monotonicMs();
    if (nowMs >= this.inventoryDueMs && nowMs - this.inventoryTriedAtMs >= INVENTORY_RETRY_MS) {
      this.inventoryTriedAtMs = nowMs;
      try {
        const { value } = await this.account.get(`app/monitors/${monitor.id}/devices/overview`, signal);
        this.inventory = parseInventory(value);
        this.inventoryDueMs = nowMs + INVENTORY_REFRESH_MS;
        this.circuits.learn(this.inventory);
      } catch (error) {
        if (signal.aborted || !isMeterError(error) || error.code === 'authentication') throw error;
        warnings.push(`the list of devices could not be read: ${error.message}`);
      }
    }
    if (!this.inventory)
      warnings.push('the list of devices is not known yet: those that are off are missing');
    return this.inventory;
  }

  /** Sense says that devices or their names have changed. */
  invalidateDevices(): void {
    this.inventoryDueMs = -Infinity;
  }

  private async fetchMonitor(
    id: string,
    listed: readonly SenseMonitor[],
    signal: AbortSignal,
  ): Promise<SenseMonitor> {
    try {
      const { value } = await this.account.get(`app/monitors/${encodeURIComponent(id)}/overview`, signal);
      const overview = expectObject(expectObject(value, 'overview')['monitor_overview'], 'monitor_overview');
      return parseMonitor({ id, ...expectObject(overview['monitor'], 'monitor_overview.monitor') });
    } catch (error) {
      if (!isMeterError(error)) throw error;
      if (error.code === 'configuration') {
        throw new MeterError(
          'configuration',
          `this Sense account cannot read monitor ${id}; it had these at the last log-in: ${listMonitors(listed)}`,
          { cause: error },
        );
      }
      const known = this.monitor?.value ?? listed.find((monitor) => monitor.id === id);
      // What the log-in said serves as well, where only this answer is strange.
      if (known && error.code === 'malformed_response') return known;
      throw error;
    }
  }
}
