import { CircuitReading, MeterReading, Provenance } from '@smart-meter/meter-adapter';

/** A reading as the API writes it: powers in W, energies in kWh, null for the unknown. */
export interface ReadingAnswer {
  /** The instant that the values are true for, UTC. */
  timestamp: string;
  /** 0 = instantaneous; else the values are means of this many seconds up to `timestamp`. */
  averaged_over_s: number;
  provenance: Provenance;
  total_power_w?: number | null;
  daily_kwh?: number | null;
  grid_power_w?: number | null;
  solar_power_w?: number | null;
  battery_power_w?: number | null;
  circuits: CircuitAnswer[];
}

export interface CircuitAnswer {
  id: string;
  name: string;
  /** Where the name is the id of an entity of Home Assistant. */
  entity_id?: string;
  power_w: number | null;
  /** Share of the whole home, %; null where either is unknown. */
  percentage: number | null;
  daily_kwh?: number | null;
  parent_id?: string;
  /** What it draws is in another circuit too: it is not to be added up. Told of current circuits only. */
  counted_elsewhere?: true;
}

const ENTITY_ID = /^[a-z_]+\.[a-z0-9_]+$/;

export function readingAnswer(reading: MeterReading): ReadingAnswer {
  return {
    timestamp: reading.observedAt.toISOString(),
    averaged_over_s: reading.averagedOverS,
    provenance: reading.provenance,
    ...optional('total_power_w', reading.totalPowerW),
    ...optional('daily_kwh', reading.dailyKwh),
    ...optional('grid_power_w', reading.gridPowerW),
    ...optional('solar_power_w', reading.solarPowerW),
    ...optional('battery_power_w', reading.batteryPowerW),
    circuits: reading.circuits.map(circuitAnswer),
  };
}

export function circuitAnswer(circuit: CircuitReading): CircuitAnswer {
  return {
    id: circuit.id,
    name: circuit.name,
    ...(ENTITY_ID.test(circuit.name) ? { entity_id: circuit.name } : {}),
    power_w: circuit.powerW,
    percentage: circuit.percentage ?? null,
    ...optional('daily_kwh', circuit.dailyKwh),
    ...optional('parent_id', circuit.parentId),
    ...optional('counted_elsewhere', circuit.isCountedElsewhere),
  };
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: Value });
}
