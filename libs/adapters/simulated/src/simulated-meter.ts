import {
  Clock,
  ConnectionTest,
  DescribesSources,
  MeterAdapter,
  MeterReading,
  PolledReading,
  SourceDescription,
  StreamingMeter,
  StreamListener,
} from '@smart-meter/meter-adapter';
import { DateTime } from 'luxon';
import { CircuitModel, createCircuits, LocalInstant } from './household-model';

export interface SimulatedMeterOptions {
  meterId: string;
  clock: Clock;
  /** IANA zone whose day the household lives by. */
  timeZone: string;
  /** The same seed is the same household. */
  seed: number;
  /** How often the stream tells what changed, s. */
  streamEveryS?: number;
}

/** The energy of the day is summed over steps of this length. */
const ENERGY_STEP_S = 30;
const DEFAULT_STREAM_EVERY_S = 1;

/** A household that nobody lives in: every reading says `mock`. */
export class SimulatedMeter implements MeterAdapter, StreamingMeter, DescribesSources {
  readonly meterType = 'generic';
  readonly meterId: string;
  private readonly circuits: CircuitModel[];
  private energyToday: { day: string; untilS: number; wattSeconds: Map<string, number> } | undefined;

  constructor(private readonly options: SimulatedMeterOptions) {
    this.meterId = options.meterId;
    this.circuits = createCircuits(options.seed);
  }

  async testConnection(signal: AbortSignal): Promise<ConnectionTest> {
    signal.throwIfAborted();
    return {
      ok: true,
      detail: 'a simulated household, no meter is read',
      warnings: ['every value is made up: set METER_TYPE to read a real meter'],
    };
  }

  async fetchConsumption(signal: AbortSignal): Promise<PolledReading> {
    signal.throwIfAborted();
    return { reading: this.readingAt(this.options.clock.now()), warnings: [], stale: [] };
  }

  async stream(listener: StreamListener, signal: AbortSignal): Promise<void> {
    const { clock, streamEveryS = DEFAULT_STREAM_EVERY_S } = this.options;
    listener.onConnected();
    while (!signal.aborted) {
      listener.onReading(this.readingAt(clock.now()));
      try {
        await clock.sleep(streamEveryS * 1000, signal);
      } catch (reason) {
        if (!signal.aborted) throw reason;
      }
    }
  }

  async describeSources(signal: AbortSignal): Promise<SourceDescription[]> {
    signal.throwIfAborted();
    const circuits = this.circuits.map(({ id, name }): SourceDescription => ({
      sourceId: id,
      name,
      role: 'circuit',
      reason: 'one of the circuits of the simulated household',
      circuitId: id,
      unit: 'W',
    }));
    const home: SourceDescription = {
      sourceId: 'home',
      name: 'Home',
      role: 'home',
      reason: 'the sum of the simulated circuits',
      unit: 'W',
    };
    return [home, ...circuits];
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }

  private readingAt(at: Date): MeterReading {
    const local = DateTime.fromJSDate(at, { zone: this.options.timeZone });
    const energyWs = this.energySinceMidnight(local);
    const instant = localInstant(local);
    const circuits = this.circuits.map((circuit) => ({
      id: circuit.id,
      name: circuit.name,
      powerW: circuit.powerW(instant),
      dailyKwh: (energyWs.get(circuit.id) ?? 0) / 3_600_000,
    }));
    return {
      meterId: this.meterId,
      observedAt: at,
      averagedOverS: 0,
      totalPowerW: sum(circuits.map(({ powerW }) => powerW)),
      dailyKwh: sum(circuits.map(({ dailyKwh }) => dailyKwh)),
      circuits,
      provenance: 'mock',
    };
  }

  /** W·s per circuit since local midnight; goes on from where the last call ended. */
  private energySinceMidnight(local: DateTime): Map<string, number> {
    const day = local.toISODate() ?? '';
    const midnight = local.startOf('day');
    const elapsedS = Math.floor(local.diff(midnight, 'seconds').seconds / ENERGY_STEP_S) * ENERGY_STEP_S;
    let energy = this.energyToday;
    if (!energy || energy.day !== day || energy.untilS > elapsedS)
      energy = { day, untilS: 0, wattSeconds: new Map() };
    for (; energy.untilS < elapsedS; energy.untilS += ENERGY_STEP_S) {
      const instant = localInstant(midnight.plus({ seconds: energy.untilS + ENERGY_STEP_S / 2 }));
      for (const circuit of this.circuits) {
        const soFar = energy.wattSeconds.get(circuit.id) ?? 0;
        energy.wattSeconds.set(circuit.id, soFar + circuit.powerW(instant) * ENERGY_STEP_S);
      }
    }
    this.energyToday = energy;
    return energy.wattSeconds;
  }
}

function localInstant(local: DateTime): LocalInstant {
  return {
    seconds: (local.toMillis() + local.offset * 60_000) / 1000,
    hourOfDay: local.hour + local.minute / 60,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
