import { MinuteCounter, PowerSource } from '../shared';

/** What a device measures with: a three-phase meter, one clamp, or a metered switch or plug. */
export type ShellyChannel =
  | { readonly component: 'em'; readonly phases: readonly [PowerSource, PowerSource, PowerSource] }
  | { readonly component: 'em1' | 'pm1' | 'switch'; readonly source: PowerSource; readonly name?: string };

export type Json = Record<string, unknown>;

const PHASES = ['a', 'b', 'c'] as const;
/** The keys of a record, per phase, in the order in which devices tell them. */
const RECORD_KEYS = [
  'total_act_energy',
  'fund_act_energy',
  'total_act_ret_energy',
  'fund_act_ret_energy',
  'lag_react_energy',
  'lead_react_energy',
  'max_act_power',
  'min_act_power',
  'max_aprt_power',
  'min_aprt_power',
  'max_voltage',
  'min_voltage',
  'avg_voltage',
  'max_current',
  'min_current',
  'avg_current',
] as const;
const NEUTRAL_KEYS = ['n_max_current', 'n_min_current', 'n_avg_current'];

/** One channel of a device with its counters and its memory. */
export class SimulatedComponent {
  readonly key: string;
  private readonly counters: readonly MinuteCounter[];

  constructor(
    private readonly channel: ShellyChannel,
    readonly id: number,
    installedAt: Date,
  ) {
    this.key = `${channel.component}:${id}`;
    this.counters = this.sources.map((source) => new MinuteCounter(source, installedAt));
  }

  /** `emdata`, `em1data`, or undefined for a channel without a memory. */
  get dataComponent(): string | undefined {
    const { component } = this.channel;
    return component === 'em' || component === 'em1' ? `${component}data` : undefined;
  }

  config(): Json {
    const name = 'name' in this.channel ? (this.channel.name ?? null) : null;
    return { [this.key]: { id: this.id, name } };
  }

  status(at: Date): Json {
    const { id } = this;
    const voltage = voltageAt(at);
    if (this.channel.component === 'em') {
      const powers = this.sources.map((source) => source.powerW(at));
      const phases = powers.map((powerW, index) => {
        const phase = PHASES[index] ?? 'a';
        return {
          [`${phase}_act_power`]: powerW,
          [`${phase}_aprt_power`]: Math.abs(powerW),
          [`${phase}_current`]: Math.abs(powerW) / voltage,
          [`${phase}_voltage`]: voltage,
          [`${phase}_pf`]: 0.98,
          [`${phase}_freq`]: 50,
        };
      });
      const total = powers.reduce((sum, powerW) => sum + powerW, 0);
      const totals = { total_act_power: total, total_aprt_power: Math.abs(total), n_current: null };
      return {
        [this.key]: Object.assign({ id, user_calibrated_phase: [] }, ...phases, totals) as Json,
        [`emdata:${id}`]: { id, ...this.phaseCounters(at) },
      };
    }
    const powerW = this.sources[0]?.powerW(at) ?? 0;
    const { importWh = 0, exportWh = 0 } = this.counters[0]?.wholeMinutes(at) ?? {};
    const current = Math.abs(powerW) / voltage;
    if (this.channel.component === 'em1') {
      return {
        [this.key]: { id, act_power: powerW, aprt_power: Math.abs(powerW), voltage, current, freq: 50 },
        [`em1data:${id}`]: { id, total_act_energy: importWh, total_act_ret_energy: exportWh },
      };
    }
    const aenergy = { total: importWh + exportWh, by_minute: [0, 0, 0], minute_ts: minuteTs(at) };
    const ret_aenergy = { total: exportWh, by_minute: [0, 0, 0], minute_ts: minuteTs(at) };
    const output = this.channel.component === 'switch' ? { output: true } : {};
    return { [this.key]: { id, ...output, apower: powerW, voltage, current, aenergy, ret_aenergy } };
  }

  get recordKeys(): string[] {
    if (this.channel.component === 'em') {
      return [...PHASES.flatMap((phase) => RECORD_KEYS.map((key) => `${phase}_${key}`)), ...NEUTRAL_KEYS];
    }
    return RECORD_KEYS.filter((key) => !key.startsWith('fund_'));
  }

  /** The values of the minute that begins then, in the order of the keys. */
  record(startMs: number): (number | null)[] {
    const isPhases = this.channel.component === 'em';
    const values = this.counters.flatMap((counter, index) => {
      const { importWh, exportWh } = counter.minuteAt(startMs);
      const powerW = this.sources[index]?.powerW(new Date(startMs)) ?? 0;
      const voltage = voltageAt(new Date(startMs));
      const current = Math.abs(powerW) / voltage;
      const energies = isPhases ? [importWh, importWh, exportWh, exportWh] : [importWh, exportWh];
      const power = Math.abs(powerW);
      return [
        ...energies,
        0,
        0,
        powerW,
        powerW,
        power,
        power,
        voltage,
        voltage,
        voltage,
        current,
        current,
        current,
      ];
    });
    return isPhases ? [...values, null, null, null] : values;
  }

  private get sources(): readonly PowerSource[] {
    return this.channel.component === 'em' ? this.channel.phases : [this.channel.source];
  }

  private phaseCounters(at: Date): Json {
    const counted = this.counters.map((counter) => counter.wholeMinutes(at));
    const phases = counted.map(({ importWh, exportWh }, index) => ({
      [`${PHASES[index] ?? 'a'}_total_act_energy`]: importWh,
      [`${PHASES[index] ?? 'a'}_total_act_ret_energy`]: exportWh,
    }));
    return Object.assign({}, ...phases, {
      total_act: counted.reduce((sum, { importWh }) => sum + importWh, 0),
      total_act_ret: counted.reduce((sum, { exportWh }) => sum + exportWh, 0),
    }) as Json;
  }
}

/** The mains are never quite still, so that every second has something to tell. */
function voltageAt(at: Date): number {
  return Math.round((230 + 2 * Math.sin(at.getTime() / 7000)) * 100) / 100;
}

function minuteTs(at: Date): number {
  return Math.floor(at.getTime() / 60_000) * 60;
}
