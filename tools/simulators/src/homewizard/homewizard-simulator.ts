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

export interface HomeWizardSimulatorOptions {
  readonly clock?: SimulatorClock;
  /** `HWE-P1`, `HWE-KWH1`, `HWE-KWH3`, `HWE-SKT`. */
  readonly productType?: string;
  readonly productName?: string;
  readonly serial?: string;
  /** One, or three phases. */
  readonly sources: readonly PowerSource[];
  readonly installedAt?: Date;
}

/** A HomeWizard device with its local API of version 1. */
export class HomeWizardSimulator extends VendorSimulator {
  /** Whether its owner has switched the local API on. */
  apiEnabled = true;
  /** What the data says instead; undefined leaves a key out. */
  overrides: Record<string, unknown> = {};
  /** The P1 feed is dead: the last values are told again and again. */
  frozenAt: Date | null = null;
  private readonly energyCounters: readonly MinuteCounter[];

  private constructor(private readonly options: HomeWizardSimulatorOptions) {
    super(options.clock);
    const installedAt = options.installedAt ?? dayBefore(this.clock.now());
    this.energyCounters = options.sources.map((source) => new MinuteCounter(source, installedAt));
  }

  static start(options: HomeWizardSimulatorOptions): Promise<HomeWizardSimulator> {
    return new HomeWizardSimulator(options).serve();
  }

  protected override handle({ path }: SimulatedRequest): SimulatedResponse {
    const { productType = 'HWE-P1', productName = 'P1 Meter', serial = '3c39e7000001' } = this.options;
    if (path === '/api') {
      const device = { product_type: productType, product_name: productName, serial };
      return jsonResponse({ ...device, firmware_version: '5.18', api_version: 'v1' });
    }
    if (!this.apiEnabled) return jsonResponse({ error: { id: 202, description: 'API not enabled' } }, 403);
    return path === '/api/v1/data' ? jsonResponse(this.data()) : jsonResponse({ error: { id: 1 } }, 404);
  }

  private data(): Record<string, unknown> {
    const now = this.frozenAt ?? this.clock.now();
    const powers = this.options.sources.map((source) => source.powerW(now));
    const counted = this.energyCounters.map((counter) => counter.at(now));
    const kwh = (direction: 'importWh' | 'exportWh') =>
      Math.round(counted.reduce((sum, energy) => sum + energy[direction], 0)) / 1000;
    const phases = powers.map((powerW, index) => ({
      [`active_power_l${index + 1}_w`]: powerW,
      [`active_voltage_l${index + 1}_v`]: Math.round(2300 + 20 * Math.sin(now.getTime() / 9000)) / 10,
    }));
    return {
      wifi_strength: 84,
      smr_version: 50,
      total_power_import_kwh: kwh('importWh'),
      total_power_export_kwh: kwh('exportWh'),
      active_power_w: powers.reduce((sum, powerW) => sum + powerW, 0),
      ...Object.assign({}, ...phases),
      ...this.overrides,
    };
  }
}
