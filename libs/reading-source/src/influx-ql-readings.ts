import { MeterReading } from '@smart-meter/meter-adapter';
import { InfluxQl, literal, quoted } from './influx-ql';
import { CIRCUIT_FIELDS, circuitReading, HOME_FIELDS, homeReading } from './influx-rows';
import { InfluxReadTarget } from './influx-target';
import { mergeByTime } from './merge-by-time';
import { Period, ReadingSource } from './sources';

export interface InfluxReadingsOptions {
  /** Names of the circuits that are read too. Default none. */
  circuits?: readonly string[];
}

/** Readings from `smart_meter` and `smart_meter_circuit`, by InfluxQL. */
export class InfluxQlReadings implements ReadingSource {
  readonly #influx: InfluxQl;
  readonly #circuits: readonly string[];

  constructor(target: InfluxReadTarget, { circuits = [] }: InfluxReadingsOptions = {}) {
    this.#influx = new InfluxQl(target);
    this.#circuits = circuits;
  }

  async *readings(period: Period, signal: AbortSignal): AsyncGenerator<MeterReading, void, undefined> {
    const home = this.#home(period, signal);
    if (this.#circuits.length === 0) yield* home;
    else
      yield* mergeByTime(home, this.#circuitRows(period, signal), ({ observedAt }) => observedAt.getTime());
  }

  async *#home(period: Period, signal: AbortSignal): AsyncGenerator<MeterReading, void, undefined> {
    const query = { select: HOME_FIELDS.map(quoted).join(', '), from: '"smart_meter"' };
    for await (const row of this.#influx.rows(query, period, signal)) yield homeReading(row);
  }

  async *#circuitRows(period: Period, signal: AbortSignal): AsyncGenerator<MeterReading, void, undefined> {
    const query = {
      select: [...CIRCUIT_FIELDS, 'circuit_name'].map(quoted).join(', '),
      from: '"smart_meter_circuit"',
      where: `(${this.#circuits.map((name) => `"circuit_name" = ${literal(name)}`).join(' OR ')})`,
    };
    for await (const row of this.#influx.rows(query, period, signal)) yield circuitReading(row);
  }
}
