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
  TimeRange,
  toMeterError,
} from '@smart-meter/meter-adapter';
import { Agent } from 'undici';
import { DeviceReading, ShellyDevice } from './device';
import { fetchHistory } from './history/fetch-history';
import { ChannelBoard } from './home/channel-board';
import { DayKeeper } from './home/day-keeper';
import { checkRoles, placeChannels, Placement, RoleSettings } from './home/roles';
import { streamDevices } from './stream-devices';

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
  /** Ends the stream that goes on without a device which has come back. */
  private onDeviceBack: ((host: string) => void) | undefined;

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
    const hosts = [...new Set(options.hosts.map(checkedHost))];
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
    this.days = new DayKeeper({ daily, clock, timeZone, device: (host) => this.device(host) });
  }

  async testConnection(signal: AbortSignal): Promise<ConnectionTest> {
    try {
      const { reading, warnings } = await this.fetchConsumption(signal);
      const seen = [...this.devices.values()].flatMap(({ identity }) => identity ?? []);
      const power = reading.totalPowerW === null ? 'unknown' : `${Math.round(reading.totalPowerW ?? 0)} W`;
      const detail = `${seen.map(({ name, model }) => `${name} (${model})`).join(', ')}; the home's power is ${power}`;
      return { ok: true, detail, warnings };
    } catch (caught) {
      signal.throwIfAborted();
      const error = toMeterError(caught, 'reading the Shelly devices');
      return { ok: false, detail: error.message, error };
    }
  }

  async fetchConsumption(signal: AbortSignal): Promise<PolledReading> {
    const either = AbortSignal.any([signal, this.closing.signal]);
    either.throwIfAborted();
    const warnings = await this.days.open(either);
    const stale: StaleSource[] = [];
    const results = await Promise.all(
      [...this.devices.values()].map((device) =>
        device.read(either).then(
          (reading) => ({ device, reading }),
          (caught: unknown) => ({ device, error: toMeterError(caught, `reading the Shelly ${device.host}`) }),
        ),
      ),
    );
    either.throwIfAborted();
    const failures = results.flatMap((result) => ('error' in result ? [result] : []));
    const answers = results.flatMap((result) => ('reading' in result ? [result] : []));
    const fatal =
      failures.find(({ device }) => this.isNeeded(device)) ??
      (answers.length === 0 ? failures[0] : undefined);
    if (fatal) throw fatal.error;
    for (const { device, error } of failures) {
      warnings.push(`${error.message}: its circuits are unknown`);
      const lastReportedAt = this.board.lastSeenAt(device.host);
      if (lastReportedAt) stale.push({ sourceId: device.host, lastReportedAt });
      this.board.lose(device.host);
    }
    let observedAt = new Date(0);
    for (const { device, reading } of answers) {
      this.board.take(device.host, reading);
      if (reading.at > observedAt) observedAt = reading.at;
      this.onDeviceBack?.(device.host);
    }
    warnings.push(...(await this.days.settle(this.placement(), observedAt, either)));
    return {
      reading: this.board.wholeReading(observedAt),
      warnings: [...warnings, ...this.oddities(answers)],
      stale,
    };
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
        expectReturns: (onBack) => (this.onDeviceBack = onBack),
        signal: either,
      });
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.onDeviceBack = undefined;
    }
  }

  async *fetchHistory(range: TimeRange, signal: AbortSignal): AsyncIterable<HistoryChunk> {
    const either = AbortSignal.any([signal, this.closing.signal]);
    either.throwIfAborted();
    for (const device of this.devices.values()) if (!device.identity) await device.identify(either);
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
    await Promise.all([...this.devices.values()].map((device) => device.identify(either)));
    return this.placement().channels.map(
      ({ key, host, component, name, role, reason }): SourceDescription => ({
        sourceId: `${host}/${component}`,
        name,
        role: role === 'mains' ? 'home' : role,
        reason,
        unit: 'W',
        ...(role === 'circuit' ? { circuitId: key } : {}),
        metadata: {
          device: this.device(host).identity?.id ?? host,
          model: this.device(host).identity?.model ?? '',
        },
      }),
    );
  }

  async close(): Promise<void> {
    this.closing.abort(new MeterError('unavailable', 'the Shelly meter was closed'));
    await this.agent.destroy();
  }

  private placement(): Placement {
    const identities = new Map([...this.devices].map(([host, { identity }]) => [host, identity]));
    return placeChannels(identities, this.roles);
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

  private oddities(answers: readonly { device: ShellyDevice; reading: DeviceReading }[]): string[] {
    const faults = answers.flatMap(({ device, reading }) =>
      reading.samples.flatMap(({ component, faults }) =>
        faults.map((fault) => `${device.host}/${component}: ${fault}`),
      ),
    );
    const silent = answers
      .filter(({ reading }) => reading.samples.length === 0)
      .map(({ device }) => `${device.host}: nothing there measures power`);
    const home = this.placement().mainsAreKnown
      ? []
      : [
          "the home's power is unknown: say in SHELLY_MAINS what measures it (smart-meter discover lists the channels)",
        ];
    return [...faults, ...silent, ...home];
  }
}

function checkedHost(host: string): string {
  if (/^[\w.-]+(:\d{1,5})?$|^\[[0-9a-f:]+\](:\d{1,5})?$/i.test(host)) return host;
  throw new MeterError(
    'configuration',
    'SHELLY_HOSTS: expected addresses such as 192.0.2.10 or shelly-mains.local, without http:// and separated by commas',
  );
}
