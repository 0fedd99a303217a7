import { CircuitReading, shareOfTotal } from '@smart-meter/meter-adapter';
import { DeviceInventory, fallbackName, hiddenReason } from './devices';
import { LiveDevice, LiveUpdate } from './live-update';

/**
 * Turns lists of what is on into what every device draws: Sense leaves out whatever is off, so a known device that is
 * not listed draws 0 W. Known is what the inventory lists and what has been seen.
 */
export class CircuitTable {
  private readonly names = new Map<string, string>();
  private hidden: ReadonlySet<string> = new Set();

  /** Takes over names and what to pass over. A device seen live stays known. */
  learn({ kept, passedOver }: DeviceInventory): void {
    this.hidden = new Set(passedOver.filter(({ isDuplicate }) => !isDuplicate).map(({ id }) => id));
    for (const { id, name } of kept) this.names.set(id, name);
    for (const id of this.hidden) this.names.delete(id);
  }

  /** Whether a device's power is part of another circuit or of no interest to its owner. */
  isHidden(deviceId: string): boolean {
    return this.hidden.has(deviceId);
  }

  nameOf(deviceId: string): string {
    return this.names.get(deviceId) ?? fallbackName(deviceId);
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
    for (const [id, name] of this.names) {
      const powerW = powers.has(id) ? (powers.get(id) ?? null) : 0;
      circuits.push({ id, name, powerW, percentage: shareOfTotal(powerW, totalPowerW) });
    }
    return circuits;
  }

  private see({ id, name }: LiveDevice): void {
    if (name !== null) this.names.set(id, name);
    else if (!this.names.has(id)) this.names.set(id, fallbackName(id));
  }
}
