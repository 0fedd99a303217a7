import { Clock, isMeterError } from '@smart-meter/meter-adapter';
import { CloudClient } from './cloud-client';
import { Dialect } from './dialect';
import { Inventory, selectDevices } from './inventory';

/** Devices change rarely, and Emporia asks to read them hourly to daily. */
const FRESH_FOR_MS = 6 * 3_600_000;
/** After a failed try the known list serves on for this long. */
const TRY_AGAIN_AFTER_MS = 5 * 60_000;

/** The account's devices, read rarely. */
export class InventoryCache {
  private inventory: Inventory | null = null;
  private loadedAtMs = -Infinity;
  private triedAtMs = -Infinity;

  constructor(
    private readonly client: CloudClient,
    private readonly dialect: Dialect,
    private readonly chosenGids: readonly number[] | undefined,
    private readonly clock: Clock,
  ) {}

  /** The known list, also where a fresher one cannot be had. Throws `MeterError` where there is none yet. */
  async get(signal: AbortSignal): Promise<Inventory> {
    const nowMs = this.clock.monotonicMs();
    const known = this.inventory;
    const isFresh = nowMs - this.loadedAtMs < FRESH_FOR_MS || nowMs - this.triedAtMs < TRY_AGAIN_AFTER_MS;
    if (known && isFresh) return known;
    try {
      return await this.reload(signal);
    } catch (error) {
      if (!known || !isMeterError(error) || !error.retryable) throw error;
      return known;
    }
  }

  /** The list as Emporia has it now. Throws `MeterError`. */
  async reload(signal: AbortSignal): Promise<Inventory> {
    this.triedAtMs = this.clock.monotonicMs();
    const { tokenHeader } = this.dialect;
    const body = await this.client.get(
      { kind: 'inventory', url: this.dialect.inventoryUrl(), tokenHeader },
      signal,
    );
    this.inventory = selectDevices(this.dialect.readInventory(body), this.chosenGids);
    this.loadedAtMs = this.clock.monotonicMs();
    return this.inventory;
  }
}
