import {
  CircuitReading,
  Clock,
  ConnectionTest,
  expectObject,
  expectString,
  isJsonObject,
  MeterAdapter,
  MeterError,
  PolledReading,
  sumOrNull,
  testByReading,
  toMeterError,
} from '@smart-meter/meter-adapter';
import { checkedHost, HttpClient } from '@smart-meter/meter-http';
import { Agent } from 'undici';
import { Energy, parseEnergy } from './energy';

export interface TasmotaMeterOptions {
  meterId: string;
  /** Addresses of the devices. */
  hosts: readonly string[];
  /** The one of them that measures the home; default: the only one. */
  mains?: string;
  /** Default `admin`. */
  username?: string;
  password?: string;
  clock: Clock;
  onRequest?(operation: string): void;
}

interface Device {
  id: string;
  /** One per channel, as far as they are named. */
  names: readonly string[];
}

/** Tasmota devices with energy monitoring, by HTTP. No other command than `Status` is ever sent. */
export class TasmotaMeter implements MeterAdapter {
  readonly meterType = 'tasmota';
  readonly meterId: string;
  private readonly agent = new Agent();
  private readonly http: HttpClient;
  private readonly devices = new Map<string, Device>();
  private readonly mains: string | undefined;

  /** Does no I/O. Throws `MeterError` `configuration`. */
  constructor(private readonly options: TasmotaMeterOptions) {
    const { meterId, hosts, mains, clock } = options;
    this.meterId = meterId;
    hosts.forEach((host) => checkedHost(host, 'TASMOTA_HOSTS'));
    this.mains = mains ?? (hosts.length === 1 ? hosts[0] : undefined);
    if (this.mains !== undefined && !hosts.includes(this.mains)) {
      throw new MeterError('configuration', 'TASMOTA_MAINS: expected one of the addresses in TASMOTA_HOSTS');
    }
    this.http = new HttpClient({ peer: 'The Tasmota', clock, dispatcher: this.agent });
  }

  testConnection(signal: AbortSignal): Promise<ConnectionTest> {
    const describe = () => [...this.devices.values()].map(({ id, names }) => names[0] ?? id).join(', ');
    return testByReading(this, describe, signal);
  }

  async fetchConsumption(signal: AbortSignal): Promise<PolledReading> {
    signal.throwIfAborted();
    const { hosts, clock } = this.options;
    const warnings: string[] = [];
    const failures: MeterError[] = [];
    const energies = await Promise.all(
      hosts.map((host) =>
        this.read(host, signal).catch((caught: unknown) => {
          signal.throwIfAborted();
          const error = toMeterError(caught, `reading the Tasmota ${host}`);
          if (host === this.mains) throw error;
          failures.push(error);
          warnings.push(error.message);
          return undefined;
        }),
      ),
    );
    const [first] = failures;
    if (first && failures.length === hosts.length) throw first;
    const home = energies[hosts.indexOf(this.mains ?? '')];
    if (!home) warnings.push("the home's power is unknown: say in TASMOTA_MAINS which device measures it");
    const reading = {
      meterId: this.meterId,
      observedAt: clock.now(),
      averagedOverS: 0,
      totalPowerW: home ? sumOrNull(home.powersW) : null,
      dailyKwh: home ? sumOrNull(home.todayKwh) : null,
      circuits: hosts.flatMap((host, index) => this.circuits(host, energies[index])),
      provenance: 'live' as const,
    };
    return { reading, warnings, stale: [] };
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private async read(host: string, signal: AbortSignal): Promise<Energy> {
    if (!this.devices.has(host)) {
      const network = expectObject(await this.status(host, 5, 'StatusNET', signal), 'StatusNET');
      const { DeviceName, FriendlyName } = await this.status(host, null, 'Status', signal);
      const id = expectString(network['Mac'], 'StatusNET.Mac').toLowerCase();
      const named =
        Array.isArray(FriendlyName) && FriendlyName.length > 1 ? FriendlyName : [DeviceName ?? id];
      const names = named.map((name, index) => (typeof name === 'string' ? name : `${id} ${index + 1}`));
      this.devices.set(host, { id, names });
    }
    return parseEnergy({ StatusSNS: await this.status(host, 10, 'StatusSNS', signal) }, host);
  }

  private async status(host: string, page: number | null, section: string, signal: AbortSignal) {
    const { username = 'admin', password, onRequest } = this.options;
    const command = page === null ? 'Status' : `Status%20${page}`;
    // The only way that Tasmota knows; no message ever holds more of the address than the host.
    const login =
      password === undefined
        ? ''
        : `&user=${encodeURIComponent(username)}&password=${encodeURIComponent(password)}`;
    onRequest?.(section);
    const response = await this.http.exchange({ url: `http://${host}/cm?cmnd=${command}${login}`, signal });
    const body: unknown = response.status === 401 ? undefined : this.parse(response);
    if (response.status === 401 || (isJsonObject(body) && 'WARNING' in body)) {
      throw new MeterError(
        'authentication',
        `The Tasmota ${host} ${password === undefined ? 'asks for a password: set' : 'refused the password: check'} TASMOTA_PASSWORD`,
      );
    }
    return expectObject(expectObject(body, `Status ${page ?? ''}`)[section], section);
  }

  private parse(response: Awaited<ReturnType<HttpClient['exchange']>>): unknown {
    this.http.expectSuccess(response);
    return this.http.parseJson(response);
  }

  /** Every channel of a device that does not measure the home alone. */
  private circuits(host: string, energy: Energy | undefined): CircuitReading[] {
    const device = this.devices.get(host);
    const powersW = energy?.powersW ?? device?.names.map(() => null) ?? [];
    const isMains = host === this.mains;
    if (!device || (isMains && powersW.length < 2)) return [];
    const kwh = energy && energy.todayKwh.length === powersW.length ? energy.todayKwh : undefined;
    return powersW.map((powerW, index) => ({
      id: powersW.length === 1 ? device.id : `${device.id}/${index + 1}`,
      name: device.names[index] ?? `${device.names[0] ?? device.id} ${index + 1}`,
      powerW,
      ...(kwh ? { dailyKwh: kwh[index] ?? null } : {}),
      ...(isMains ? { parentId: 'mains' } : {}),
    }));
  }
}
