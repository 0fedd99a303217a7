import { CircuitReading, DailyEnergy, MeterReading } from '@smart-meter/meter-adapter';
import { ChannelSample, inverted } from '../channel';
import { DeviceReading } from '../device';
import { circuitReadings, homeValues, KnownChannel } from './home-reading';
import { PlacedChannel, Placement } from './roles';

export interface ChannelBoardOptions {
  meterId: string;
  daily: DailyEnergy;
  placement(): Placement;
}

/** The newest values of every channel of every device, and the home that they make. */
export class ChannelBoard {
  private readonly samples = new Map<string, ChannelSample>();
  private readonly seenAt = new Map<string, Date>();

  constructor(private readonly options: ChannelBoardOptions) {}

  /** When a device was heard of last. */
  lastSeenAt(host: string): Date | undefined {
    return this.seenAt.get(host);
  }

  /** The newest values of a channel; undefined = nothing is known. */
  sampleOf(key: string): ChannelSample | undefined {
    return this.samples.get(key);
  }

  /** Takes what a device says; channels that it does not name are unknown. */
  take(host: string, { samples, at }: DeviceReading): void {
    this.seenAt.set(host, at);
    for (const channel of this.channelsOf(host)) {
      const sample = samples.find(({ component }) => component === channel.component);
      if (!sample) {
        this.samples.delete(channel.key);
        continue;
      }
      const upright = channel.isInverted ? inverted(sample) : sample;
      this.samples.set(channel.key, upright);
      this.count(channel, upright, at);
    }
  }

  /** From now on nothing is known of a device's channels. */
  lose(host: string): void {
    for (const { key } of this.channelsOf(host)) this.samples.delete(key);
  }

  wholeReading(observedAt: Date): MeterReading {
    const placement = this.options.placement();
    const known = this.knownAt(observedAt);
    return this.reading(observedAt, homeValues(placement, known), circuitReadings(placement, known));
  }

  /**
   * What a device's news say: the home where the device is a part of what measures it, and its circuits.
   * @returns null where it speaks of neither
   */
  readingOf(host: string, observedAt: Date): MeterReading | null {
    const placement = this.options.placement();
    const own = placement.channels.filter((channel) => channel.host === host);
    const known = this.knownAt(observedAt);
    const ids = own.map(({ key }) => key);
    const circuits = circuitReadings(placement, known).filter(({ id }) =>
      ids.some((key) => id === key || id.startsWith(`${key}/`)),
    );
    const measuresHome = own.some(({ role }) => role !== 'circuit');
    if (!measuresHome && circuits.length === 0) return null;
    return this.reading(observedAt, measuresHome ? homeValues(placement, known) : {}, circuits);
  }

  private reading(observedAt: Date, home: Partial<MeterReading>, circuits: CircuitReading[]): MeterReading {
    const { meterId } = this.options;
    return { meterId, observedAt, averagedOverS: 0, ...home, circuits, provenance: 'live' };
  }

  private channelsOf(host: string): PlacedChannel[] {
    return this.options.placement().channels.filter((channel) => channel.host === host);
  }

  private count({ key }: PlacedChannel, { importKwh, exportKwh }: ChannelSample, at: Date): void {
    const { daily } = this.options;
    if (importKwh !== null) daily.observe(`${key}/import`, importKwh, at);
    if (exportKwh !== null) daily.observe(`${key}/export`, exportKwh, at);
  }

  private knownAt(at: Date) {
    return (key: string): KnownChannel | undefined => {
      const sample = this.samples.get(key);
      if (!sample) return undefined;
      const importKwh = this.options.daily.usedKwh(`${key}/import`, at);
      const exportKwh = this.options.daily.usedKwh(`${key}/export`, at);
      return { sample, dailyKwh: importKwh === null || exportKwh === null ? null : importKwh - exportKwh };
    };
  }
}
