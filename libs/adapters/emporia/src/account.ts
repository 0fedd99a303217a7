import { MeterError } from '@smart-meter/meter-adapter';
import { CloudClient, DeviceRefusedError } from './cloud-client';
import { Dialect, Scale } from './dialect';
import { Inventory } from './inventory';
import { InventoryCache } from './inventory-cache';
import { UsageSource } from './live';
import { RequestKind } from './request-ledger';
import { UsageAnswer } from './usage';

/** The devices of one account and what they used; a device that Emporia no longer gives out is dropped. */
export class EmporiaAccount implements UsageSource {
  private refused: { inventory: Inventory; gids: ReadonlySet<number> } | null = null;

  constructor(
    private readonly client: CloudClient,
    private readonly dialect: Dialect,
    private readonly cache: InventoryCache,
  ) {}

  /** The devices that may be read. Throws `MeterError`. */
  async inventory(signal: AbortSignal): Promise<Inventory> {
    return this.withoutRefused(await this.cache.get(signal));
  }

  /** One request for the whole account. Throws `MeterError`. */
  async readMinute(
    instant: Date,
    signal: AbortSignal,
  ): Promise<{ inventory: Inventory; answer: UsageAnswer }> {
    const inventory = await this.inventory(signal);
    try {
      return { inventory, answer: await this.ask('usage', gidsOf(inventory), instant, '1MIN', signal) };
    } catch (error) {
      if (!(error instanceof DeviceRefusedError)) throw error;
    }
    await this.dropRefused(instant, signal);
    const left = await this.inventory(signal);
    return { inventory: left, answer: await this.ask('usage', gidsOf(left), instant, '1MIN', signal) };
  }

  async readDay(instant: Date, signal: AbortSignal): Promise<UsageAnswer> {
    return this.ask('daily', gidsOf(await this.inventory(signal)), instant, '1D', signal);
  }

  /** Emporia does not say which device it means: the list is read anew, and where that changes nothing each is tried. */
  async dropRefused(instant: Date, signal: AbortSignal): Promise<void> {
    const before = gidsOf(await this.inventory(signal));
    const inventory = await this.cache.reload(signal);
    const after = gidsOf(inventory);
    if (before.some((gid) => !after.includes(gid))) return;
    const gids = new Set<number>();
    for (const gid of after) {
      if (await this.isRefused(gid, instant, signal)) gids.add(gid);
    }
    this.refused = { inventory, gids };
  }

  private async isRefused(gid: number, instant: Date, signal: AbortSignal): Promise<boolean> {
    try {
      await this.ask('usage', [gid], instant, '1MIN', signal);
      return false;
    } catch (error) {
      if (error instanceof DeviceRefusedError) return true;
      throw error;
    }
  }

  private async ask(
    kind: RequestKind,
    gids: readonly number[],
    instant: Date,
    scale: Scale,
    signal: AbortSignal,
  ): Promise<UsageAnswer> {
    if (gids.length === 0) return this.dialect.readUsage(null);
    const url = this.dialect.usageUrl(gids, instant, scale);
    return this.dialect.readUsage(
      await this.client.get({ kind, url, tokenHeader: this.dialect.tokenHeader }, signal),
    );
  }

  private withoutRefused(inventory: Inventory): Inventory {
    if (this.refused?.inventory !== inventory) return inventory;
    const { gids } = this.refused;
    const devices = inventory.devices.filter(({ gid }) => !gids.has(gid));
    if (devices.length > 0 || inventory.devices.length === 0) return { devices };
    throw new MeterError(
      'authentication',
      'Emporia shows the devices of this account but gives out none of their readings: open the Emporia app to see ' +
        'whether they are still shared with this account.',
    );
  }
}

const gidsOf = ({ devices }: Inventory): number[] => devices.map(({ gid }) => gid);
