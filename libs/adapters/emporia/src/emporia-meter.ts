import {
  Clock,
  ConnectionTest,
  DescribesSources,
  HistoricalMeter,
  HistoryChunk,
  MeterAdapter,
  PolledReading,
  SourceDescription,
  systemClock,
  TimeRange,
  toMeterError,
} from '@smart-meter/meter-adapter';
import { HttpClient } from '@smart-meter/meter-http';
import { EmporiaAccount } from './account';
import { ChartReader } from './chart-reader';
import { CloudClient, DeviceRefusedError } from './cloud-client';
import { CognitoClient } from './cognito';
import { EmporiaHistory } from './history';
import { HISTORY_LIMITS } from './history-windows';
import { deviceName, Inventory } from './inventory';
import { InventoryCache } from './inventory-cache';
import { Layout, layOut, LayoutOptions } from './layout';
import { legacyDialect } from './legacy-dialect';
import { GridEnergy, LiveUsage } from './live';
import { MaintenanceProbe } from './maintenance';
import { modernDialect } from './modern-dialect';
import { EMPORIA_ENDPOINTS, EmporiaMeterOptions } from './options';
import { RequestCounts, RequestLedger } from './request-ledger';
import { EmporiaSession } from './session';
import { describeCircuits } from './sources';

/** What PyEmVue found to be enough. */
const TIMEOUT_MS = 10_000;
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** One Emporia account with all its panels, plugs and chargers. */
export class EmporiaMeter implements MeterAdapter, HistoricalMeter, DescribesSources {
  readonly meterType = 'emporia';
  readonly meterId: string;
  readonly historyLimits = HISTORY_LIMITS;

  private readonly ledger: RequestLedger;
  private readonly session: EmporiaSession;
  private readonly account: EmporiaAccount;
  private readonly live: LiveUsage;
  private readonly history: EmporiaHistory;
  private readonly layoutOptions: LayoutOptions;
  private readonly clock: Clock;

  constructor(options: EmporiaMeterOptions) {
    const { clock = systemClock, random = Math.random, dispatcher } = options;
    const endpoints = { ...EMPORIA_ENDPOINTS, ...options.endpoints };
    this.meterId = options.meterId;
    this.layoutOptions = {
      invertedCircuits: new Set(options.invertedCircuits),
      timeZone: options.timeZone ?? 'UTC',
    };
    this.clock = clock;
    const dialect =
      options.host === 'modern' ? modernDialect(endpoints.modernUrl) : legacyDialect(endpoints.legacyUrl);
    this.ledger = new RequestLedger(clock, (kind) => options.onRequest?.(kind));
    const httpOptions = {
      clock,
      timeoutMs: TIMEOUT_MS,
      maxBodyBytes: MAX_BODY_BYTES,
      ...(dispatcher ? { dispatcher } : {}),
    };
    const http = new HttpClient({ ...httpOptions, peer: 'Emporia' });
    const logInHttp = new HttpClient({
      ...httpOptions,
      peer: "Emporia's log-in",
      onRequest: () => this.ledger.spend('auth'),
    });
    const cognito = new CognitoClient(logInHttp, endpoints.cognitoUrl, clock);
    this.session = new EmporiaSession(options.credentials, cognito, options.tokenStore, clock);
    const maintenance = new MaintenanceProbe(http, endpoints.maintenanceUrl, this.ledger, clock);
    const client = new CloudClient(http, this.session, this.ledger, maintenance, clock, random);
    const cache = new InventoryCache(client, dialect, options.deviceGids, clock);
    this.account = new EmporiaAccount(client, dialect, cache);
    this.live = new LiveUsage(this.meterId, this.account, this.layoutOptions, clock);
    this.history = new EmporiaHistory(
      this.meterId,
      new ChartReader(client, dialect, clock),
      this.ledger,
      clock,
    );
  }

  async testConnection(signal: AbortSignal): Promise<ConnectionTest> {
    try {
      const { reading, warnings } = await this.fetchConsumption(signal);
      const { devices } = await this.account.inventory(signal);
      const names = devices.map(deviceName).join(', ') || 'no devices';
      const power =
        typeof reading.totalPowerW === 'number'
          ? `${Math.round(reading.totalPowerW)} W now`
          : 'its power is not known now';
      const detail = `The Emporia account has ${names}; ${reading.circuits.length} circuits; ${power}.`;
      return { ok: true, detail, warnings };
    } catch (error) {
      signal.throwIfAborted();
      const fault = toMeterError(error, 'testing the Emporia account');
      return { ok: false, detail: fault.message, error: fault };
    }
  }

  /** The mean of the last whole minute; asked for again within the same minute it costs no request. */
  async fetchConsumption(signal: AbortSignal): Promise<PolledReading> {
    signal.throwIfAborted();
    const polled = await this.live.poll(signal);
    return { ...polled, warnings: [...polled.warnings, ...this.session.warnings()] };
  }

  /**
   * One chunk per chart window: 12 h by the minute, 7 d by the quarter, 31 d by the hour. Throws `rate_limited` with
   * `retryAfterMs` where a window does not fit into the day's requests; go on at the last chunk's `to` then.
   */
  async *fetchHistory(range: TimeRange, signal: AbortSignal): AsyncGenerator<HistoryChunk> {
    signal.throwIfAborted();
    const layout = this.layoutOf(await this.measuredInventory(signal));
    try {
      yield* this.history.read(range, layout, signal);
    } catch (error) {
      if (error instanceof DeviceRefusedError) await this.account.dropRefused(this.clock.now(), signal);
      throw error;
    }
  }

  async describeSources(signal: AbortSignal): Promise<SourceDescription[]> {
    const inventory = await this.measuredInventory(signal);
    return describeCircuits(inventory, this.layoutOf(inventory));
  }

  /** Import and export of today; null before it is known and where Emporia does not tell them apart. */
  gridEnergyToday(): GridEnergy | null {
    return this.live.gridEnergyToday;
  }

  /** Requests made to Emporia by purpose, in all and within the last 24 h. */
  requestCounts(): RequestCounts {
    return this.ledger.counts();
  }

  /** Nothing is held between calls: no socket of its own, no timer. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Some names, and what Emporia computes, show in the usage alone and not in the list of devices. */
  private async measuredInventory(signal: AbortSignal): Promise<Inventory> {
    if (this.live.lastUsages.size === 0) await this.live.poll(signal);
    return this.account.inventory(signal);
  }

  private layoutOf(inventory: Inventory): Layout {
    return layOut(inventory, this.live.lastUsages, this.layoutOptions);
  }
}
