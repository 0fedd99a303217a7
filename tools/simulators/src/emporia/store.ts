import { SimulatorClock } from '../shared';
import { bucketAt, bucketEnergyKwh, Scale, SCALES, StoreFacts } from './buckets';
import { SimulatedChannel, SimulatedDevice } from './devices';

/** One channel's energy and what is nested below it. */
export interface ChannelNode {
  device: SimulatedDevice;
  channel: Pick<SimulatedChannel, 'num' | 'name' | 'type'> | { num: string; name: string; type: null };
  usage: number | null;
  percentage: number | null;
  nested: DeviceNode[];
}

export interface DeviceNode {
  device: SimulatedDevice;
  channels: ChannelNode[];
}

export interface Chart {
  firstUsageInstant: Date | null;
  usageList: (number | null)[];
}

export interface StoreOptions {
  readonly devices: readonly SimulatedDevice[];
  readonly clock: SimulatorClock;
  readonly ingestionLagS: number;
  readonly midnightLagMinutes: number;
}

/** What Emporia's cloud knows of one account's devices. */
export class EnergyStore {
  constructor(private readonly options: StoreOptions) {}

  get devices(): readonly SimulatedDevice[] {
    return this.options.devices;
  }

  find(gid: number): SimulatedDevice | undefined {
    return this.devices.find((device) => device.gid === gid);
  }

  /** The asked devices as a forest: one that sits behind another asked one shows below that one alone. */
  usages(gids: readonly number[], instant: Date, scale: Scale): DeviceNode[] {
    const asked = gids.flatMap((gid) => this.find(gid) ?? []);
    const roots = asked.filter(({ parent }) => !parent || !asked.some(({ gid }) => gid === parent.gid));
    return roots.map((device) => this.deviceNode(device, asked, instant, scale));
  }

  chart(device: SimulatedDevice, channel: SimulatedChannel, from: Date, to: Date, scale: Scale): Chart {
    const facts = this.facts();
    const endMs = Math.min(to.getTime(), facts.nowMs);
    const startMs = Math.max(from.getTime(), device.installedAt.getTime());
    if (startMs > endMs) return { firstUsageInstant: null, usageList: [] };
    const first = bucketAt(startMs, scale, device.timeZone);
    const isBlank = device.minuteChartOfMainsIsBlank && scale === '1MIN' && channel.type === 'Main';
    const usageList: (number | null)[] = [];
    for (let bucket = first; bucket.fromMs <= endMs; bucket = bucketAt(bucket.toMs, scale, device.timeZone)) {
      usageList.push(isBlank ? null : this.netEnergy(device, channel, bucket, scale, facts));
    }
    return { firstUsageInstant: new Date(first.fromMs), usageList };
  }

  isOffline(device: SimulatedDevice): Date | null {
    const now = this.options.clock.now();
    return device.outages.find(({ from, to }) => from <= now && now < to)?.from ?? null;
  }

  private deviceNode(
    device: SimulatedDevice,
    asked: readonly SimulatedDevice[],
    instant: Date,
    scale: Scale,
  ): DeviceNode {
    const facts = this.facts();
    const bucket = bucketAt(instant.getTime(), scale, device.timeZone);
    const channels = device.channels.map((channel): ChannelNode => ({
      device,
      channel,
      usage: this.netEnergy(device, channel, bucket, scale, facts),
      percentage: null,
      nested: asked
        .filter(({ parent }) => parent?.gid === device.gid && parent.channelNum === channel.num)
        .map((nested) => this.deviceNode(nested, asked, instant, scale)),
    }));
    const mains = channels.find(({ channel }) => channel.type === 'Main');
    for (const node of channels) node.percentage = share(node.usage, mains?.usage ?? null);
    if (channels.length > 1) channels.push(...virtualChannels(device, channels, mains?.usage ?? null));
    return { device, channels };
  }

  /** A branch is told without the devices nested behind it; mains contain everything. */
  private netEnergy(
    device: SimulatedDevice,
    channel: SimulatedChannel,
    bucket: ReturnType<typeof bucketAt>,
    scale: Scale,
    facts: StoreFacts,
  ): number | null {
    const energyKwh = bucketEnergyKwh(device, channel, bucket, scale, facts);
    if (channel.type === 'Main' || energyKwh === null) return energyKwh;
    return this.devices
      .filter(({ parent }) => parent?.gid === device.gid && parent.channelNum === channel.num)
      .reduce((left, nested) => {
        const mains = nested.channels.find(({ type }) => type === 'Main');
        return left - ((mains && bucketEnergyKwh(nested, mains, bucket, scale, facts)) ?? 0);
      }, energyKwh);
  }

  private facts(): StoreFacts {
    return {
      nowMs: this.options.clock.now().getTime(),
      ingestionLagMs: this.options.ingestionLagS * 1000,
      midnightLagMs: this.options.midnightLagMinutes * 60_000,
    };
  }
}

/** Balance, and for homes with solar power what came from and went to the grid. */
function virtualChannels(
  device: SimulatedDevice,
  channels: readonly ChannelNode[],
  mains: number | null,
): ChannelNode[] {
  const monitored = channels.filter(({ channel }) => channel.type !== 'Main');
  const known = mains !== null && monitored.every(({ usage }) => usage !== null);
  const balance = known ? mains - monitored.reduce((sum, { usage }) => sum + (usage ?? 0), 0) : null;
  const node = (num: string, usage: number | null): ChannelNode => ({
    device,
    channel: { num, name: num, type: null },
    usage,
    percentage: share(usage, mains),
    nested: [],
  });
  if (!device.solar) return [node('Balance', balance)];
  return [
    node('Balance', balance),
    node('MainsFromGrid', mains === null ? null : Math.max(0, mains)),
    node('MainsToGrid', mains === null ? null : Math.min(0, mains)),
  ];
}

function share(usage: number | null, mains: number | null): number | null {
  return usage === null || mains === null || mains <= 0 || usage < 0 ? null : (usage / mains) * 100;
}

/** Emporia takes a literal Z and nothing else. */
export function parseInstant(text: string | null): Date | null {
  if (text === null || !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/.test(text)) return null;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? null : at;
}

export function isScale(text: string | null): text is Scale {
  return text !== null && Object.hasOwn(SCALES, text);
}
