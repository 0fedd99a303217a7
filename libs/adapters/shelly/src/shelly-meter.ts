import {
  Clock,
  ConnectionTest,
  DailyEnergy,
  DescribesSources,
  DocumentStore,
  HistoricalMeter,
  HistoryChunk,
  MeterAdapter,
  MeterError,
  PolledReading,
  SourceDescription,
  StaleSource,
  StreamingMeter,
  StreamListener,
  testByReading,
  TimeRange,
  toMeterError,
} from '@smart-meter/meter-adapter';
import { checkedHost } from '@smart-meter/meter-http';
import { Agent } from 'undici';
import { DeviceIdentity, ShellyDevice } from './device';
import { fetchHistory } from './history/fetch-history';
import { ChannelBoard } from './home/channel-board';
import { DayKeeper } from './home/day-keeper';
import { checkRoles, PlacedChannel, placeChannels, Placement, RoleSettings } from './home/roles';
import { DeviceStream, streamDevices } from './stream-devices';

export interface ShellyMeterOptions extends Partial<RoleSettings> {
  meterId: string;
  /** Addresses of the devices, with a port where it is not 80. */
  hosts: readonly string[];
  /** Of all devices. */
  password?: string;
  /** Of devices of the first generation; default `admin`. */
  username?: string;
  /** IANA zone of the home. */
  timeZone: string;
  /** What the energy of today must know after a restart. */
  dailyEnergyStore?: DocumentStore;
  clock: Clock;
  onRequest?(operation: string): void;
  /** For what a user may want to read in the log. */
  warn?(message: string): void;
}

const DAY_MS = 86_400_000;

/** Shelly energy meters and metered switches of any generation, together one home. */
export class ShellyMeter implements MeterAdapter, StreamingMeter, HistoricalMeter, DescribesSources {
  readonly meterType = 'shelly';
  readonly meterId: string;
  readonly historyLimits = [{ resolutionS: 60, keptForMs: 60 * DAY_MS }];
  private readonly clock: Clock;
  private readonly agent = new Agent({ pipelining: 0 });
  private readonly devices: ReadonlyMap<string, ShellyDevice>;
  private readonly roles: RoleSettings;
  private readonly board: ChannelBoard;
  private readonly days: DayKeeper;
  private readonly closing = new AbortController();
  private streaming: DeviceStream | undefined;
  private placed: { identities: readonly (DeviceIdentity | undefined)[]; placement: Placement } | undefined;

  /** Does no I/O. Throws `MeterError` `configuration`. */
  constructor(options: ShellyMeterOptions) {
    const { meterId, password, username = 'admin', clock, timeZone, dailyEnergyStore } = options;
    const {
      mains = [],
      solar = [],
      inverted = [],
      onRequest = () => undefined,
      warn = () => undefined,
    } = options;
    const hosts = [...new Set(options.hosts.map((host) => checkedHost(host, 'SHELLY_HOSTS')))];
    this.meterId = meterId;
    this.clock = clock;
    this.roles = { mains, solar, inverted };
    checkRoles(hosts, this.roles);
    const { agent: dispatcher } = this;
    const shared = {
      username,
      clock,
      dispatcher,
      onRequest,
      warn,
      ...(password === undefined ? {} : { password }),
    };
    this.devices = new Map(hosts.map((host) => [host, new ShellyDevice({ host, ...shared })]));
    const daily = new DailyEnergy({ timeZone, ...(dailyEnergyStore ? { store: dailyEnergyStore } : {}) });
    this.board = new ChannelBoard({ meterId, daily, placement: () => this.placement() });
    this.days = new DayKeeper({
      daily,
      clock,
      timeZone,
      device: (host) => this.device(host),
      sample: (key) => this.board.sampleOf(key),
      signal: this.closing.signal,
    });
  }

  testConnection(signal: AbortSignal): Promise<ConnectionTest> {
    const describe = () =>
      [...this.devices.values()]
        .flatMap(({ identity }) => (identity ? `${identity.name} (${identity.model})` : []))
        .join(', ');
    return testByReading(this, describe, signal);
  }

  /** Devices that the stream follows are not asked again: their newest values are there. */
  async fetchConsumption(signal: AbortSignal): Promise<PolledReading> {
    const either = AbortSignal.any([signal, this.closing.signal]);
    either.throwIfAborted();
    const warnings = await this.days.open(either);
    const stale: StaleSource[] = [];
    const asked = [...this.devices.values()].filter(({ host }) => !this.streaming?.isFollowing(host));
    const results = await Promise.all(
      asked.map((device) =>
        device.read(either).then(
          (reading) => ({ device, reading }),
          (caught: unknown) => ({ device, error: toMeterError(caught, `reading the Shelly ${device.host}`) }),
        ),
      ),
    );
    either.throwIfAborted();
    const failures = results.flatMap((result) => ('error' in result ? [result] : []));
    const hasNothing = failures.length === this.devices.size;
    const fatal = failures.find(({ device }) => hasNothing || this.isNeeded(device));
    if (fatal) throw fatal.error;
    for (const { device, error } of failures) {
      warnings.push(`${error.message}: its circuits are unknown`);
      const lastReportedAt = this.board.lastSeenAt(device.host);
      if (lastReportedAt) stale.push({ sourceId: device.host, lastReportedAt });
      this.board.lose(device.host);
    }
    for (const result of results) {
      if (!('reading' in result)) continue;
      this.board.take(result.device.host, result.reading);
      this.streaming?.hasReturned(result.device.host);
    }
    const observedAt = this.clock.now();
    warnings.push(...(await this.days.settle(this.placement(), observedAt)), ...this.oddities());
    return { reading: this.board.wholeReading(observedAt), warnings, stale };
  }

  async stream(listener: StreamListener, signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.closing.signal]);
    await this.days.open(either).catch(() => []);
    try {
      await streamDevices({
        devices: [...this.devices.values()],
        board: this.board,
        clock: this.clock,
        listener,
        isNeeded: (device) => this.isNeeded(device),
        onSaveDue: () => this.days.saveNow(),
        onStarted: (stream) => (this.streaming = stream),
        signal: either,
      });
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.streaming = undefined;
    }
  }

  async *fetchHistory(range: TimeRange, signal: AbortSignal): AsyncIterable<HistoryChunk> {
    const either = AbortSignal.any([signal, this.closing.signal]);
    either.throwIfAborted();
    for (const device of this.devices.values()) {
      if (device.identity) continue;
      await device.identify(either).catch((error: unknown) => {
        if (either.aborted || this.isNeeded(device)) throw error;
      });
    }
    const { meterId, clock } = this;
    const sources = {
      meterId,
      clock,
      placement: this.placement(),
      device: (host: string) => this.device(host),
    };
    yield* fetchHistory(sources, range, either);
  }

  async describeSources(signal: AbortSignal): Promise<SourceDescription[]> {
    const either = AbortSignal.any([signal, this.closing.signal]);
    const silent: { host: string; error: MeterError }[] = [];
    await Promise.all(
      [...this.devices.values()].map((device) =>
        device.identify(either).catch((caught: unknown) => {
          either.throwIfAborted();
          silent.push({ host: device.host, error: toMeterError(caught, `asking the Shelly ${device.host}`) });
        }),
      ),
    );
    const [first] = silent;
    if (first && silent.length === this.devices.size) throw first.error;
    const channels = this.placement().channels.map((channel) => this.describeChannel(channel));
    const absent = silent.map(({ host, error }): SourceDescription => ({
      sourceId: host,
      name: host,
      role: 'none',
      reason: error.message,
    }));
    return [...channels, ...absent];
  }

  async close(): Promise<void> {
    this.closing.abort(new MeterError('unavailable', 'the Shelly meter was closed'));
    await this.agent.destroy();
  }

  private describeChannel({ key, host, component, name, role, reason }: PlacedChannel): SourceDescription {
    const { id = host, model = '' } = this.device(host).identity ?? {};
    return {
      sourceId: `${host}/${component}`,
      name,
      role: role === 'mains' ? 'home' : role,
      reason,
      unit: 'W',
      ...(role === 'circuit' ? { circuitId: key } : {}),
      metadata: { device: id, model },
    };
  }

  private placement(): Placement {
    const identities = [...this.devices.values()].map(({ identity }) => identity);
    if (!this.placed || identities.some((identity, index) => identity !== this.placed?.identities[index])) {
      const byHost = new Map([...this.devices].map(([host, { identity }]) => [host, identity]));
      this.placed = { identities, placement: placeChannels(byHost, this.roles) };
    }
    return this.placed.placement;
  }

  private device(host: string): ShellyDevice {
    const device = this.devices.get(host);
    if (!device) throw new MeterError('configuration', `${host}: no such Shelly`);
    return device;
  }

  /** Whether the home cannot be known without this device, as far as one can say. */
  private isNeeded({ host, identity }: ShellyDevice): boolean {
    const { mains, solar } = this.roles;
    const isNamed = [...mains, ...solar].some(
      (selector) => selector === host || selector.startsWith(`${host}/`),
    );
    if (isNamed) return true;
    if (mains.length > 0) return false;
    // Before it has shown itself it may be what measures the home.
    return (
      !identity || this.placement().channels.some((placed) => placed.host === host && placed.role === 'mains')
    );
  }

  private oddities(): string[] {
    const { channels, mainsAreKnown } = this.placement();
    const silent = [...this.devices.values()]
      .filter(({ identity }) => identity?.channels.length === 0)
      .map(({ host }) => `${host}: nothing there measures power`);
    const faults = channels.flatMap(({ key, host, component }) =>
      (this.board.sampleOf(key)?.faults ?? []).map((fault) => `${host}/${component}: ${fault}`),
    );
    const home = mainsAreKnown
      ? []
      : [
          "the home's power is unknown: say in SHELLY_MAINS what measures it (smart-meter discover lists the channels)",
        ];
    return [...silent, ...faults, ...home];
  }
}
