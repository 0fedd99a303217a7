import {
  CircuitReading,
  Clock,
  ConnectionTest,
  DailyEnergy,
  DocumentStore,
  expectObject,
  expectString,
  MeterAdapter,
  MeterError,
  PolledReading,
  testByReading,
  toMeterError,
} from '@smart-meter/meter-adapter';
import { checkedHost, HttpClient } from '@smart-meter/meter-http';
import { Agent } from 'undici';
import { Measurement, parseMeasurement } from './measurement';

export interface HomeWizardMeterOptions {
  meterId: string;
  /** Address of the P1 meter, or of the kWh meter that measures the home. */
  host: string;
  /** Addresses of kWh meters and sockets that measure circuits. */
  circuitHosts?: readonly string[];
  /** IANA zone of the home. */
  timeZone: string;
  /** What the energy of today must know after a restart. */
  dailyEnergyStore?: DocumentStore;
  clock: Clock;
  onRequest?(operation: string): void;
}

interface Device {
  serial: string;
  name: string;
}

/** A device whose meter has fallen silent goes on telling the last values. */
const STALE_AFTER_MS = 15 * 60_000;

/** HomeWizard P1 and kWh meters by their local API, version 1. */
export class HomeWizardMeter implements MeterAdapter {
  readonly meterType = 'homewizard';
  readonly meterId: string;
  private readonly agent = new Agent();
  private readonly http: HttpClient;
  private readonly daily: DailyEnergy;
  private readonly devices = new Map<string, Device>();
  private lastNews = { text: '', atMs: 0, at: new Date(0) };

  /** Does no I/O. Throws `MeterError` `configuration`. */
  constructor(private readonly options: HomeWizardMeterOptions) {
    const { meterId, clock, timeZone, dailyEnergyStore } = options;
    checkedHost(options.host, 'HOMEWIZARD_HOST');
    options.circuitHosts?.forEach((host) => checkedHost(host, 'HOMEWIZARD_CIRCUIT_HOSTS'));
    this.meterId = meterId;
    this.http = new HttpClient({ peer: 'The HomeWizard', clock, dispatcher: this.agent });
    this.daily = new DailyEnergy({ timeZone, ...(dailyEnergyStore ? { store: dailyEnergyStore } : {}) });
  }

  testConnection(signal: AbortSignal): Promise<ConnectionTest> {
    return testByReading(this, () => [...this.devices.values()].map(({ name }) => name).join(', '), signal);
  }

  async fetchConsumption(signal: AbortSignal): Promise<PolledReading> {
    signal.throwIfAborted();
    const { host, circuitHosts = [], clock } = this.options;
    const warnings: string[] = [];
    const warn = (doing: string) => (error: unknown) => {
      signal.throwIfAborted();
      warnings.push(toMeterError(error, doing).message);
    };
    await this.daily.load().catch(warn('loading the energy of today'));
    const [home, ...others] = await Promise.all([
      this.read(host, signal),
      ...circuitHosts.map((circuitHost) => this.read(circuitHost, signal).catch(warn(circuitHost))),
    ]);
    const observedAt = clock.now();
    const circuits = others.flatMap((measurement, index) =>
      this.circuit(circuitHosts[index] ?? '', measurement ?? undefined, observedAt),
    );
    const dailyKwh = this.dailyKwh(host, home, observedAt);
    await this.daily.save().catch(warn('saving the energy of today'));
    const { powerW } = home;
    return {
      reading: {
        meterId: this.meterId,
        observedAt,
        averagedOverS: 0,
        totalPowerW: powerW,
        gridPowerW: powerW,
        dailyKwh,
        circuits: [...this.phases(home), ...circuits],
        provenance: 'live',
      },
      warnings,
      stale: this.staleSources(home),
    };
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private async read(host: string, signal: AbortSignal): Promise<Measurement> {
    if (!this.devices.has(host)) {
      const device = expectObject(await this.get(host, '/api', signal), '/api');
      const serial = expectString(device['serial'], '/api serial');
      const name = device['product_name'];
      this.devices.set(host, { serial, name: typeof name === 'string' ? name : serial });
    }
    return parseMeasurement(await this.get(host, '/api/v1/data', signal));
  }

  private async get(host: string, path: string, signal: AbortSignal): Promise<unknown> {
    this.options.onRequest?.(path.slice(1));
    const response = await this.http.exchange({ url: `http://${host}${path}`, signal });
    if (response.status === 403) {
      throw new MeterError(
        'configuration',
        `${host}: the local API is off; switch it on in the HomeWizard app, in the settings of the meter`,
      );
    }
    this.http.expectSuccess(response);
    return this.http.parseJson(response);
  }

  private phases({ phasesW }: Measurement): CircuitReading[] {
    const device = this.devices.get(this.options.host);
    if (!device || phasesW.length < 2) return [];
    return phasesW.map((powerW, index) => ({
      id: `${device.serial}/l${index + 1}`,
      name: `${device.name} L${index + 1}`,
      powerW,
      parentId: 'mains',
    }));
  }

  private circuit(host: string, measurement: Measurement | undefined, at: Date): CircuitReading[] {
    const device = this.devices.get(host);
    if (!device) return [];
    const { serial } = device;
    // Sockets leave the factory with one name: the serial tells them apart.
    const name = `${device.name} (${serial})`;
    if (!measurement) return [{ id: serial, name, powerW: null }];
    return [{ id: serial, name, powerW: measurement.powerW, dailyKwh: this.dailyKwh(host, measurement, at) }];
  }

  private dailyKwh(host: string, { importKwh, exportKwh }: Measurement, at: Date): number | null {
    const serial = this.devices.get(host)?.serial ?? host;
    if (importKwh !== null) this.daily.observe(`${serial}/import`, importKwh, at);
    if (exportKwh !== null) this.daily.observe(`${serial}/export`, exportKwh, at);
    const imported = this.daily.usedKwh(`${serial}/import`, at);
    // A socket counts no export.
    const exported = exportKwh === null ? 0 : this.daily.usedKwh(`${serial}/export`, at);
    return imported === null || exported === null ? null : imported - exported;
  }

  private staleSources(home: Measurement): PolledReading['stale'] {
    const { clock, host } = this.options;
    const [text, nowMs] = [JSON.stringify(home), clock.monotonicMs()];
    if (text !== this.lastNews.text) this.lastNews = { text, atMs: nowMs, at: clock.now() };
    return nowMs - this.lastNews.atMs < STALE_AFTER_MS
      ? []
      : [{ sourceId: host, lastReportedAt: this.lastNews.at }];
  }
}
