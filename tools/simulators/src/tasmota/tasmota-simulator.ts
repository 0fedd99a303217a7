import { Household } from '@smart-meter/household';
import { DateTime } from 'luxon';
import {
  jsonResponse,
  PowerSource,
  SimulatedRequest,
  SimulatedResponse,
  SimulatorClock,
  VendorSimulator,
} from '../shared';

export interface TasmotaSimulatorOptions {
  readonly clock?: SimulatorClock;
  readonly timeZone: Household['timeZone'];
  /** One per channel. */
  readonly sources: readonly PowerSource[];
  readonly deviceName?: string;
  readonly friendlyNames?: readonly string[];
  readonly mac?: string;
  /** Left out: the device asks for none. The user is `admin`. */
  readonly password?: string;
  /** SetOption129: energies per channel. */
  readonly energyPerChannel?: boolean;
}

/** A Tasmota device with energy monitoring. It knows the Status command alone and says so of any other. */
export class TasmotaSimulator extends VendorSimulator {
  /** Laid over ENERGY. */
  overrides: Record<string, unknown> = {};
  /** Before it has heard of a time server a device lives in 1970. */
  knowsTime = true;
  /** Whether the answer to a missing password has status 401 or, as with older firmware, 200. */
  refusalStatus = 401;
  /** Commands other than Status: a reader must never send one. */
  readonly otherCommands: string[] = [];

  private constructor(private readonly options: TasmotaSimulatorOptions) {
    super(options.clock);
  }

  static start(options: TasmotaSimulatorOptions): Promise<TasmotaSimulator> {
    return new TasmotaSimulator(options).serve();
  }

  protected override handle({ path, query }: SimulatedRequest): SimulatedResponse {
    const { password, deviceName = 'Tasmota', friendlyNames, mac = 'A4:CF:12:00:00:01' } = this.options;
    if (path !== '/cm') return { status: 404, body: 'Not Found' };
    if (password !== undefined && (query.get('user') !== 'admin' || query.get('password') !== password)) {
      return jsonResponse({ WARNING: 'Need user=<username>&password=<password>' }, this.refusalStatus);
    }
    const command = query.get('cmnd') ?? '';
    switch (command.toLowerCase()) {
      case 'status':
        return jsonResponse({
          Status: { DeviceName: deviceName, FriendlyName: friendlyNames ?? [deviceName] },
        });
      case 'status 5':
        return jsonResponse({ StatusNET: { Hostname: 'tasmota-000001', Mac: mac } });
      case 'status 10':
        return jsonResponse({ StatusSNS: { Time: this.time(), ENERGY: this.energy() } });
      default:
        this.otherCommands.push(command);
        return jsonResponse({ Command: 'Unknown' });
    }
  }

  private time(): string {
    if (!this.knowsTime) return '1970-01-01T00:01:40';
    return DateTime.fromJSDate(this.clock.now(), { zone: this.options.timeZone }).toFormat(
      "yyyy-MM-dd'T'HH:mm:ss",
    );
  }

  private energy(): Record<string, unknown> {
    const { sources, timeZone, energyPerChannel } = this.options;
    const now = this.clock.now();
    const midnight = DateTime.fromJSDate(now, { zone: timeZone }).startOf('day').toJSDate();
    const today = sources.map((source) => Math.max(0, source.energyKwh(midnight, now)));
    const powers = sources.map((source) => source.powerW(now));
    const scalarWhenOne = (values: readonly number[]) => (values.length === 1 ? values[0] : values);
    const energy = (values: readonly number[]) =>
      energyPerChannel ? values : values.reduce((sum, value) => sum + value, 0);
    return {
      TotalStartTime: '2026-01-01T00:00:00',
      Total: energy(today.map((kwh) => kwh + 100)),
      Yesterday: energy(today.map(() => 1)),
      Today: energy(today),
      Power: scalarWhenOne(powers),
      Voltage: 230,
      Current: scalarWhenOne(powers.map((powerW) => Math.abs(powerW) / 230)),
      ...this.overrides,
    };
  }
}
