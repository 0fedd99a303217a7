import {
  ConnectionTest,
  DescribesSources,
  HistoricalMeter,
  HistoryChunk,
  HistoryLimit,
  isMeterError,
  MeterAdapter,
  MeterReading,
  PolledReading,
  SourceDescription,
  TimeRange,
  toMeterError,
} from '@smart-meter/meter-adapter';
import { DailyEnergy, DailyEnergyReader } from './history/daily-energy';
import { fetchHistory } from './history/fetch-history';
import { failureSentence, healthySentence } from './connection-test';
import { describeSenseSources } from './describe-sources';
import { LiveSource } from './live/live-source';
import { LiveUpdate, MainsState } from './live/live-update';
import { SenseMonitor } from './monitor';
import { MonitorProfile } from './monitor-profile';
import { SenseAccount } from './sense-account';

export interface SenseAdapterOptions {
  /** Stable id of this meter in this installation. */
  meterId: string;
  account: SenseAccount;
  /** Which monitor of the account; may be left out where there is one. */
  monitorId?: string;
}

/**
 * One Sense monitor as a meter, asked when needed. Make one with `createSenseAdapter`.
 *
 * Legs, voltage and frequency, for which readings have no field, are in `mains` and among the metadata of the
 * `home` source.
 */
export class SenseAdapter implements MeterAdapter, HistoricalMeter, DescribesSources {
  readonly meterType = 'sense';
  readonly meterId: string;
  readonly historyLimits: readonly HistoryLimit[] = [{ resolutionS: 3600, keptForMs: null }];
  protected readonly account: SenseAccount;
  protected readonly profile: MonitorProfile;
  protected readonly live: LiveSource;
  protected readonly closing = new AbortController();
  private readonly dailyEnergy: DailyEnergyReader;
  private mainsState: MainsState | null = null;

  constructor({ meterId, account, monitorId }: SenseAdapterOptions) {
    this.meterId = meterId;
    this.account = account;
    this.profile = new MonitorProfile(account, monitorId);
    this.live = new LiveSource(account);
    this.dailyEnergy = new DailyEnergyReader(account);
  }

  /** Legs, voltage and frequency as last heard; null before the first reading. */
  get mains(): MainsState | null {
    return this.mainsState;
  }

  async testConnection(signal: AbortSignal): Promise<ConnectionTest> {
    try {
      const monitor = await this.profile.current(signal);
      const { reading, warnings } = await this.fetchConsumption(signal);
      const usesRest = await this.live.usesRest(monitor.id, signal);
      return {
        ok: true,
        detail: healthySentence(monitor, reading, this.live.firmwareVersion, usesRest),
        warnings,
      };
    } catch (caught) {
      if (signal.aborted) throw signal.reason;
      const error = toMeterError(caught, 'reading Sense');
      return { ok: false, detail: failureSentence(error), error };
    }
  }

  async fetchConsumption(signal: AbortSignal): Promise<PolledReading> {
    const monitor = await this.profile.current(signal);
    const { update, receivedAt } = await this.readLive(monitor, signal);
    const warnings = [...update.warnings];
    await this.profile.devices(monitor, warnings, signal);
    const daily = await this.readDaily(monitor, warnings, signal);
    if (this.account.warning) warnings.push(this.account.warning);
    const reading = this.toReading(monitor, update, receivedAt);
    reading.dailyKwh = daily?.homeKwh ?? null;
    if (daily) {
      for (const circuit of reading.circuits) {
        const dailyKwh = daily.deviceKwh.get(circuit.id);
        if (dailyKwh !== undefined) circuit.dailyKwh = dailyKwh;
      }
    }
    return { reading, warnings, stale: [] };
  }

  async *fetchHistory(range: TimeRange, signal: AbortSignal): AsyncGenerator<HistoryChunk> {
    const monitor = await this.profile.current(signal);
    await this.profile.devices(monitor, [], signal);
    const { account, meterId } = this;
    yield* fetchHistory({ account, monitor, meterId, table: this.profile.circuits }, range, signal);
  }

  async describeSources(signal: AbortSignal): Promise<SourceDescription[]> {
    const { reading } = await this.fetchConsumption(signal);
    const monitor = await this.profile.current(signal);
    const inventory = await this.profile.devices(monitor, [], signal);
    return describeSenseSources({
      monitor,
      inventory,
      circuits: reading.circuits,
      mains: this.mainsState,
      firmwareVersion: this.live.firmwareVersion,
    });
  }

  async close(): Promise<void> {
    this.closing.abort(new Error('the Sense adapter was closed'));
    await this.account.close();
  }

  protected readLive(
    monitor: SenseMonitor,
    signal: AbortSignal,
  ): Promise<{ update: LiveUpdate; receivedAt: Date }> {
    return this.live.read(monitor.id, signal);
  }

  /** Everything that the update says, with every known circuit. */
  protected toReading(monitor: SenseMonitor, update: LiveUpdate, observedAt: Date): MeterReading {
    this.mainsState = keepLast(update.mains, this.mainsState);
    const reading: MeterReading = {
      meterId: this.meterId,
      observedAt,
      averagedOverS: 0,
      totalPowerW: update.totalPowerW,
      circuits: this.profile.circuits.circuits(update),
      provenance: 'live',
    };
    if (update.gridPowerW !== undefined) reading.gridPowerW = update.gridPowerW;
    if (update.solarPowerW !== undefined) reading.solarPowerW = update.solarPowerW;
    else if (monitor.solarConfigured) reading.solarPowerW = null;
    return reading;
  }

  /** The day's energy must not cost the live reading. */
  private async readDaily(
    monitor: SenseMonitor,
    warnings: string[],
    signal: AbortSignal,
  ): Promise<DailyEnergy | null> {
    try {
      return await this.dailyEnergy.read(monitor, signal);
    } catch (error) {
      if (signal.aborted || !isMeterError(error)) throw error;
      warnings.push(`the energy of today could not be read: ${error.message}`);
      return null;
    }
  }
}

/** Sense leaves voltage and frequency out of some updates. */
function keepLast(mains: MainsState, last: MainsState | null): MainsState {
  return {
    ...mains,
    legVoltageV: mains.legVoltageV.length > 0 ? mains.legVoltageV : (last?.legVoltageV ?? []),
    frequencyHz: mains.frequencyHz ?? last?.frequencyHz ?? null,
  };
}
