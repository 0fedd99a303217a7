import { Household, HouseholdEnergy } from '@smart-meter/household';
import { leftoverDevices, SensedDevice, sensedDevices } from './devices';
import { Period, usagePeriod, UsageScale, without } from './usage';

export interface SimulatedMonitorOptions {
  readonly id: number;
  readonly name?: string;
  readonly household: Household;
  /** Default: one that has the REST snapshot. */
  readonly firmware?: string;
  readonly createdAt?: Date;
  readonly solarConfigured?: boolean;
}

interface Measured {
  readonly pieces: readonly HouseholdEnergy[];
  /** How much of it Sense knows. */
  readonly share: number;
}

/** The share of an hour that Sense knows before the hour has settled. */
const UNSETTLED_SHARE = 0.97;
const SETTLES_AFTER_MS = 10 * 60_000;
const CENTS_PER_KWH = 12.9;
const FRAMES_PER_SECOND = 60;

/** One Sense monitor in a simulated home: what Sense's cloud knows of it. */
export class SimulatedMonitor {
  readonly id: number;
  readonly name: string;
  readonly household: Household;
  readonly devices: readonly SensedDevice[];
  readonly solarConfigured: boolean;
  firmware: string;
  /** When the monitor was without power or network; what it did not measure is nowhere. */
  readonly outages: Period[] = [];
  private readonly createdAt: Date;
  /** What will not change any more, by period. */
  private readonly settled = new Map<string, Measured>();

  constructor(options: SimulatedMonitorOptions) {
    this.id = options.id;
    this.name = options.name ?? 'Home';
    this.household = options.household;
    this.firmware = options.firmware ?? '1.64.3131-ab12cd3-release';
    this.createdAt = options.createdAt ?? new Date('2022-05-09T21:14:03Z');
    this.solarConfigured = options.solarConfigured ?? false;
    this.devices = sensedDevices(this.household);
  }

  isOnline(at: Date): boolean {
    return !this.outages.some(({ from, to }) => from <= at && at < to);
  }

  /** As a log-in and the overview list it. */
  listing(): Record<string, unknown> {
    return {
      id: this.id,
      date_created: this.createdAt.toISOString(),
      serial_number: `N3270${this.id}`,
      time_zone: this.household.timeZone,
      solar_connected: this.solarConfigured,
      solar_configured: this.solarConfigured,
      online: false,
      attributes: {
        id: 1,
        name: this.name,
        state: 'CO',
        cost: CENTS_PER_KWH,
        sell_back_rate: 9,
        cycle_start: 1,
      },
      ...(this.solarConfigured ? { aux_port: 'solar' } : {}),
      hardware_type: 'monitor',
    };
  }

  overview(): Record<string, unknown> {
    const count = this.devices.length;
    return {
      checksum: 'c0ffee',
      device_data_checksum: 'decaf',
      monitor_overview: {
        monitor: this.listing(),
        ndi_enabled: true,
        local_api_enabled: false,
        num_devices: count,
        num_named_devices: count,
        num_unnamed_devices: 0,
      },
    };
  }

  status(at: Date): Record<string, unknown> {
    return {
      signals: { progress: 100, status: 'OK' },
      device_detection: { in_progress: [], found: [], num_detected: this.devices.length },
      monitor_info: {
        version: this.firmware,
        online: this.isOnline(at),
        wifi_strength: -48,
        ip_address: '192.0.2.17',
        ssid: 'simulated',
        mac: '02:00:00:00:00:01',
        serial: `N3270${this.id}`,
        ethernet: false,
      },
    };
  }

  /** Every device of the account, what is left over from the past included. */
  inventory(): Record<string, unknown>[] {
    const listed = this.devices.map(({ id, name, icon, tags }) => ({ id, name, icon, tags }));
    return [...listed, ...leftoverDevices(this.devices)];
  }

  /** What each device draws, W. */
  devicePowersW(at: Date): Map<string, number> {
    const { circuits } = this.household.powerAt(at);
    return new Map(
      this.devices.map(({ id, applianceIds }) => [
        id,
        applianceIds.reduce((sum, appliance) => sum + (circuits.get(appliance) ?? 0), 0),
      ]),
    );
  }

  /** A `realtime_update` payload, frozen at the last measurement while the monitor is away. */
  realtimeUpdate(now: Date): Record<string, unknown> {
    const outage = this.outages.find(({ from, to }) => from <= now && now < to);
    const at = outage ? new Date(outage.from.getTime() - 1000) : now;
    const { totalPowerW, solarPowerW } = this.household.powerAt(at);
    const cents = (powerW: number) => Math.round((powerW / 1000) * CENTS_PER_KWH);
    const epoch = Math.floor(at.getTime() / 1000);
    const powers = this.devicePowersW(at);
    const solarW = this.solarConfigured ? (solarPowerW ?? 0) : null;
    return {
      w: totalPowerW,
      d_w: Math.round(totalPowerW),
      c: cents(totalPowerW),
      defaultCost: CENTS_PER_KWH,
      channels: [totalPowerW * 0.5, totalPowerW * 0.5],
      voltage: [121.2, 120.8],
      hz: 59.98,
      frame: (epoch * FRAMES_PER_SECOND) % 2 ** 31,
      epoch,
      ...(solarW === null
        ? {}
        : {
            solar_w: solarW,
            d_solar_w: Math.round(solarW),
            solar_c: cents(solarW),
            solar_pct: totalPowerW > 0 ? Math.min(100, Math.round((solarW / totalPowerW) * 100)) : 100,
            grid_w: totalPowerW - solarW,
            aux: { solar: [solarW / 2, solarW / 2] },
          }),
      power_flow: {},
      deltas: [],
      devices: this.devices
        .map(({ id, name, icon, tags }) => ({
          id,
          name,
          icon,
          tags,
          attrs: [],
          w: powers.get(id) ?? 0,
          c: 1,
        }))
        .filter(({ w }) => w > 0),
      _stats: { brcv: epoch, mrcv: epoch, msnd: epoch },
    };
  }

  usage(start: Date, scale: UsageScale, now: Date): Record<string, unknown> {
    const { period, parts } = usagePeriod(start, scale, this.household.timeZone);
    const energies = parts.map((part) => this.measured(part, now));
    const breakdown = (pick: (energy: HouseholdEnergy) => number) =>
      energies.map(({ pieces, share }) => share * pieces.reduce((sum, piece) => sum + pick(piece), 0));
    const consumption = (pick: (energy: HouseholdEnergy) => number) => {
      const usage_breakdown_kwh = breakdown(pick);
      return { usage_total_kwh: total(usage_breakdown_kwh), usage_breakdown_kwh };
    };
    return {
      start: withoutMilliseconds(period.from),
      end: withoutMilliseconds(period.to),
      consumption: consumption(({ totalKwh }) => totalKwh),
      device_breakdown: this.devices
        .map(({ id, name, icon, applianceIds }) => ({
          id,
          name,
          icon,
          consumption: consumption(({ circuits }) =>
            total(applianceIds.map((one) => circuits.get(one) ?? 0)),
          ),
        }))
        .filter((device) => device.consumption.usage_total_kwh > 0),
    };
  }

  solarUsage(start: Date, scale: UsageScale, now: Date): Record<string, unknown> {
    const { parts } = usagePeriod(start, scale, this.household.timeZone);
    const energies = parts.map((part) => this.measured(part, now));
    const sums = (pick: (energy: HouseholdEnergy) => number) =>
      energies.map(({ pieces, share }) => share * pieces.reduce((sum, piece) => sum + pick(piece), 0));
    const production = sums(({ solarKwh }) => solarKwh ?? 0);
    const consumed = sums(({ totalKwh }) => totalKwh);
    const toGrid = total(sums(({ gridExportKwh }) => gridExportKwh));
    return {
      total: {
        from_grid_kwh: total(sums(({ gridImportKwh }) => gridImportKwh)),
        to_grid_kwh: toGrid,
        production_kwh: total(production),
        net_kwh: total(production) - total(consumed),
        solar_percentage: percentage(total(production) - toGrid, total(consumed)),
      },
      breakdown: {
        production_kwh: production,
        net_kwh: production.map((kwh, index) => kwh - (consumed[index] ?? 0)),
      },
    };
  }

  /** What was measured of a period until now; the last ten minutes' corrections are still to come. */
  private measured(period: Period, now: Date): Measured {
    const isSettled = now.getTime() - period.to.getTime() >= SETTLES_AFTER_MS;
    if (!isSettled) {
      const past = { from: period.from, to: new Date(Math.min(period.to.getTime(), now.getTime())) };
      return { pieces: this.energies(past), share: UNSETTLED_SHARE };
    }
    const key = `${period.from.getTime()}-${period.to.getTime()}-${this.outages.length}`;
    const known = this.settled.get(key) ?? { pieces: this.energies(period), share: 1 };
    this.settled.set(key, known);
    return known;
  }

  private energies(period: Period): HouseholdEnergy[] {
    return without(period, this.outages).map(({ from, to }) => this.household.energyKwhBetween(from, to));
  }
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function percentage(part: number, whole: number): number {
  return whole > 0 ? Math.round((part / whole) * 100) : 0;
}

function withoutMilliseconds(at: Date): string {
  return at.toISOString().replace('.000Z', 'Z');
}
