import { MeterError } from '@smart-meter/meter-adapter';

/** Ids that Emporia gives to what a circuit feeds. */
export const CHANNEL_TYPE = { battery: 2, solar: 13 } as const;

export type ChannelKind = 'main' | 'branch' | 'bidirectional' | 'merged' | 'other';

export interface EmporiaChannel {
  /** As `channelKey` makes it. */
  key: string;
  /** As typed in the app. */
  name: string | null;
  typeGid: number | null;
  kind: ChannelKind;
  /** The circuit of the same device that this one is a part of. */
  parentKey: string | null;
}

export interface EmporiaDevice {
  gid: number;
  serial: string | null;
  model: string | null;
  /** null where the app shows none. */
  name: string | null;
  /** IANA. */
  timeZone: string | null;
  /** The channel that this device sits behind. */
  parent: { gid: number; key: string } | null;
  /** The other unit where two make one panel and this is the second. */
  secondOf: number | null;
  /** Whether it is one of two units that make one panel. */
  combined: boolean;
  isAppliance: boolean;
  /** The owner said that there is a solar system. */
  solar: boolean;
  connected: boolean | null;
  offlineSince: Date | null;
  channels: EmporiaChannel[];
}

/** What an account has; nested entries flattened, one entry per device. */
export interface Inventory {
  devices: EmporiaDevice[];
}

/** How a device is called where nothing else says so. */
export function deviceName(device: EmporiaDevice): string {
  return device.name ?? `Emporia ${device.gid}`;
}

/** Adds a device, or what another entry of the same device says more. */
export function mergeDevice(devices: Map<number, EmporiaDevice>, addition: EmporiaDevice): void {
  const known = devices.get(addition.gid);
  if (!known) {
    devices.set(addition.gid, addition);
    return;
  }
  const keys = new Set(known.channels.map(({ key }) => key));
  known.channels.push(...addition.channels.filter(({ key }) => !keys.has(key)));
  known.name ??= addition.name;
  known.timeZone ??= addition.timeZone;
  known.parent ??= addition.parent;
  known.connected ??= addition.connected;
}

/**
 * The chosen devices and everything behind them.
 * Throws `configuration` where the account has none of a chosen device.
 */
export function selectDevices(inventory: Inventory, chosenGids: readonly number[] | undefined): Inventory {
  if (!chosenGids || chosenGids.length === 0) return inventory;
  const known = new Map(inventory.devices.map((device) => [device.gid, device]));
  const missing = chosenGids.filter((gid) => !known.has(gid));
  if (missing.length > 0) {
    const offered = inventory.devices.map((device) => `${device.gid} (${deviceName(device)})`).join(', ');
    throw new MeterError(
      'configuration',
      `the Emporia account has no device ${missing.join(', ')}; it has ${offered || 'none at all'}`,
    );
  }
  const isChosen = (device: EmporiaDevice): boolean =>
    ancestry(device, known).some(({ gid }) => chosenGids.includes(gid));
  return { devices: inventory.devices.filter(isChosen) };
}

/** The device, what it sits behind, and so on; a circle, which only a lie can make, ends where it closes. */
export function ancestry(device: EmporiaDevice, known: ReadonlyMap<number, EmporiaDevice>): EmporiaDevice[] {
  const line: EmporiaDevice[] = [];
  for (
    let current: EmporiaDevice | undefined = device;
    current && !line.includes(current);
    current = current.parent ? known.get(current.parent.gid) : undefined
  ) {
    line.push(current);
  }
  return line;
}
