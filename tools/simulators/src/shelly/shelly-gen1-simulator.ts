import {
  dayBefore,
  jsonResponse,
  MinuteCounter,
  PowerSource,
  SimulatedRequest,
  SimulatedResponse,
  SimulatorClock,
  VendorSimulator,
} from '../shared';

export interface ShellyGen1SimulatorOptions {
  /** Three for a 3EM, two for an EM. */
  readonly sources: readonly PowerSource[];
  readonly clock?: SimulatorClock;
  readonly mac?: string;
  readonly name?: string;
  /** Left out: the device asks for none. The user is `admin`. */
  readonly password?: string;
  readonly installedAt?: Date;
}

/** A Shelly EM or 3EM of the first generation: HTTP, basic authentication. */
export class ShellyGen1Simulator extends VendorSimulator {
  /** Laid over single emeters: `is_valid: false`, wrong types. */
  readonly overrides = new Map<number, Record<string, unknown>>();
  private readonly energyCounters: readonly MinuteCounter[];

  private constructor(private readonly options: ShellyGen1SimulatorOptions) {
    super(options.clock);
    const installedAt = options.installedAt ?? dayBefore(this.clock.now());
    this.energyCounters = options.sources.map((source) => new MinuteCounter(source, installedAt));
  }

  static start(options: ShellyGen1SimulatorOptions): Promise<ShellyGen1Simulator> {
    return new ShellyGen1Simulator(options).serve();
  }

  private get mac(): string {
    return this.options.mac ?? 'C45BBE000001';
  }

  protected override handle({ path, headers }: SimulatedRequest): SimulatedResponse {
    const { name, password, sources } = this.options;
    const type = sources.length === 3 ? 'SHEM-3' : 'SHEM';
    if (path === '/shelly') {
      const identity = { type, mac: this.mac, auth: password !== undefined, fw: '20230913-114244/v1.14.0' };
      return jsonResponse({ ...identity, longid: 1, num_outputs: 1, num_emeters: sources.length });
    }
    const credentials = `Basic ${Buffer.from(`admin:${password ?? ''}`).toString('base64')}`;
    if (password !== undefined && headers.authorization !== credentials) {
      return {
        status: 401,
        headers: { 'www-authenticate': 'Basic realm="shelly"' },
        body: '401 Unauthorized',
      };
    }
    if (path === '/settings') return jsonResponse({ device: { type, mac: this.mac }, name: name ?? null });
    return path === '/status' ? jsonResponse(this.status()) : { status: 404, body: 'Not Found' };
  }

  private status(): Record<string, unknown> {
    const now = this.clock.now();
    const emeters = this.options.sources.map((source, index) => {
      const counted = this.energyCounters[index]?.at(now);
      const power = source.powerW(now);
      return {
        power,
        pf: power < 0 ? -0.97 : 0.97,
        current: Math.abs(power) / 230,
        voltage: 230.4,
        is_valid: true,
        total: counted?.importWh ?? 0,
        total_returned: counted?.exportWh ?? 0,
        ...this.overrides.get(index),
      };
    });
    return { unixtime: Math.floor(now.getTime() / 1000), mac: this.mac, uptime: 86_400, emeters };
  }
}
