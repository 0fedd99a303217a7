import { MeterError } from '@smart-meter/meter-adapter';
import { ChannelIdentity, DeviceIdentity } from '../device';

/** What a channel stands for in the home. */
export type ChannelRole = 'mains' | 'solar' | 'circuit';

/** Channels by configuration: `192.0.2.10` for all of a device, `192.0.2.10/em1:2` for one. */
export interface RoleSettings {
  mains: readonly string[];
  solar: readonly string[];
  /** Whose clamps are the wrong way round. */
  inverted: readonly string[];
}

/** One channel with its place in the home. */
export interface PlacedChannel {
  /** Stable: `<device id>/<component>`. */
  key: string;
  host: string;
  component: string;
  name: string;
  role: ChannelRole;
  /** One sentence: why it has this role. */
  reason: string;
  hasPhases: boolean;
  isInverted: boolean;
}

export interface Placement {
  channels: readonly PlacedChannel[];
  /** Whether the home's power can be known: what measures it is set or evident, and has been seen. */
  mainsAreKnown: boolean;
}

/** Throws `MeterError` `configuration` for a channel of a device that is not set. */
export function checkRoles(hosts: readonly string[], settings: RoleSettings): void {
  const named = [...settings.mains, ...settings.solar, ...settings.inverted];
  const strange = named.filter((selector) => !hosts.includes(hostOf(selector)));
  if (strange.length === 0) return;
  throw new MeterError(
    'configuration',
    `${strange.join(', ')}: no such device in SHELLY_HOSTS; write a device as there, or device/channel such as ${hosts[0] ?? '192.0.2.10'}/em1:0`,
  );
}

/**
 * Gives every channel its role.
 * @param devices by host; undefined for one that has not answered yet
 */
export function placeChannels(
  devices: ReadonlyMap<string, DeviceIdentity | undefined>,
  settings: RoleSettings,
): Placement {
  const names = distinctNames(devices);
  const evident = settings.mains.length > 0 ? undefined : evidentMains(devices, settings);
  const channels: PlacedChannel[] = [];
  for (const [host, device] of devices) {
    for (const channel of device?.channels ?? []) {
      const isNamedIn = (selectors: readonly string[]) =>
        selectors.some((selector) => selector === host || selector === `${host}/${channel.component}`);
      const [role, reason] = isNamedIn(settings.solar)
        ? (['solar', 'SHELLY_SOLAR names it'] as const)
        : isNamedIn(settings.mains)
          ? (['mains', 'SHELLY_MAINS names it'] as const)
          : evident?.isMains(host, channel)
            ? (['mains', evident.reason] as const)
            : (['circuit', 'a channel that nothing names as mains or solar is a circuit'] as const);
      const key = keyOf(device, channel);
      channels.push({
        ...{ key, host, component: channel.component, role, reason, hasPhases: channel.hasPhases },
        name: names.get(key) ?? key,
        isInverted: isNamedIn(settings.inverted),
      });
    }
  }
  const missing = settings.mains.some(
    (selector) => !channels.some(({ host, component }) => [host, `${host}/${component}`].includes(selector)),
  );
  return { channels, mainsAreKnown: !missing && channels.some(({ role }) => role === 'mains') };
}

/** What measures the home when nobody said so: three-phase meters, or the only channel there is. */
function evidentMains(devices: ReadonlyMap<string, DeviceIdentity | undefined>, settings: RoleSettings) {
  const isFree = (host: string, { component }: ChannelIdentity) =>
    !settings.solar.includes(host) && !settings.solar.includes(`${host}/${component}`);
  const all = [...devices].flatMap(([host, device]) =>
    (device?.channels ?? [])
      .filter((channel) => isFree(host, channel))
      .map((channel) => ({ host, device, channel })),
  );
  // As long as a device has not shown itself it may be the one.
  if ([...devices.values()].some((device) => !device || device.channels.length === 0)) return undefined;
  const isThreePhase = (device: DeviceIdentity | undefined, channel: ChannelIdentity) =>
    channel.hasPhases || device?.model === 'SHEM-3';
  const threePhase = all.filter(({ device, channel }) => isThreePhase(device, channel));
  const mains = threePhase.length > 0 ? threePhase : all.length === 1 ? all : [];
  const reason =
    threePhase.length > 0
      ? 'a three-phase meter measures the home, as SHELLY_MAINS is not set'
      : 'the only channel measures the home, as SHELLY_MAINS is not set';
  const isMains = (host: string, channel: ChannelIdentity) =>
    mains.some((candidate) => candidate.host === host && candidate.channel === channel);
  return { isMains, reason };
}

/** Owners give names, and may give one twice: databases tell circuits apart by name. */
function distinctNames(devices: ReadonlyMap<string, DeviceIdentity | undefined>): Map<string, string> {
  const names = new Map<string, string>();
  for (const device of devices.values()) {
    device?.channels.forEach((channel, index) => {
      const fallback = device.channels.length === 1 ? device.name : `${device.name} ${index + 1}`;
      names.set(keyOf(device, channel), channel.name ?? fallback);
    });
  }
  const uses = new Map<string, number>();
  for (const name of names.values()) uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const [key, name] of names) if (uses.get(name) !== 1) names.set(key, `${name} (${key})`);
  return names;
}

function keyOf(device: DeviceIdentity | undefined, { component }: ChannelIdentity): string {
  return `${device?.id ?? ''}/${component}`;
}

function hostOf(selector: string): string {
  return selector.split('/')[0] ?? '';
}
