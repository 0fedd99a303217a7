import { CircuitReading, shareOfTotal } from '@smart-meter/meter-adapter';
import { DeviceInventory, fallbackName, hiddenReason } from './devices';
import { LiveDevice, LiveUpdate } from './live-update';

/**
 * Turns lists of what is on into what every device draws: Sense leaves out whatever is off, so a known device that is
 * not listed draws 0 W. Known is what the inventory lists and what has been seen.
 */
export class CircuitTable {
  /** As Sense tells them. */
  private readonly names = new Map<string, string>();
  /** The same, told apart; made anew after a change. */
  private distinctNames: ReadonlyMap<string, string> | null = null;
  private hidden: ReadonlySet<string> = new Set();

  /** Takes over names and what to pass over. A device seen live stays known. */
  learn({ kept, passedOver }: DeviceInventory): void {
    this.hidden = new Set(passedOver.filter(({ isDuplicate }) => !isDuplicate).map(({ id }) => id));
    for (const { id, name } of kept) this.names.set(id, name);
    for (const id of this.hidden) this.names.delete(id);
    this.distinctNames = null;
  }

  /** Whether a device's power is part of another circuit or of no interest to its owner. */
  isHidden(deviceId: string): boolean {
    return this.hidden.has(deviceId);
  }

  /**
   * The name of a circuit, with its id where another device has the same: databases tell circuits apart by name.
   * @param told the name of a device that may not be known
   */
  nameOf(deviceId: string, told: string): string {
    const known = this.distinct().get(deviceId);
    if (known !== undefined) return known;
    return [...this.names.values()].includes(told) ? withId(told, deviceId) : told;
  }

  /** @returns every known circuit; none where the update does not speak of devices */
  circuits({ devices, totalPowerW }: LiveUpdate): CircuitReading[] {
    if (!devices) return [];
    const powers = new Map<string, number | null>();
    for (const device of devices) {
      if (this.isHidden(device.id) || hiddenReason(device.tags)) continue;
      this.see(device);
      powers.set(device.id, device.powerW);
    }
    const circuits: CircuitReading[] = [];
    for (const [id, name] of this.distinct()) {
      const powerW = powers.has(id) ? (powers.get(id) ?? null) : 0;
      circuits.push({ id, name, powerW, percentage: shareOfTotal(powerW, totalPowerW) });
    }
    return circuits;
  }

  private see({ id, name }: LiveDevice): void {
    const known = this.names.get(id);
    const seen = name ?? known ?? fallbackName(id);
    if (seen === known) return;
    this.names.set(id, seen);
    this.distinctNames = null;
  }

  private distinct(): ReadonlyMap<string, string> {
    if (this.distinctNames) return this.distinctNames;
    const uses = new Map<string, number>();
    for (const name of this.names.values()) uses.set(name, (uses.get(name) ?? 0) + 1);
    const distinct = [...this.names].map(
      ([id, name]) => [id, uses.get(name) === 1 ? name : withId(name, id)] as const,
    );
    this.distinctNames = new Map(distinct);
    return this.distinctNames;
  }
}

function withId(name: string, deviceId: string): string {
  return `${name} (${deviceId})`;
}
