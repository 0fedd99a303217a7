import { CircuitReading, MeterReading, numberOrNull, Provenance } from '@smart-meter/meter-adapter';
import { attributesOf } from './influx-ql';
import { StoredHomeEvent } from './sources';

/** Columns by name, whichever language they were asked in; `time` in ms. */
export type Row = Readonly<Record<string, unknown>> & { time: number };

export const HOME_FIELDS = [
  'total_power_w',
  'grid_power_w',
  'solar_power_w',
  'battery_power_w',
  'averaged_over_s',
  'provenance',
] as const;
export const CIRCUIT_FIELDS = ['power_w', 'averaged_over_s', 'provenance'] as const;
export const EVENT_FIELDS = ['state_value', 'state', 'previous_state', 'attributes'] as const;

/** A row of `smart_meter`. A quantity that the row does not have is absent: it says nothing of it. */
export function homeReading(row: Row): MeterReading {
  const quantity = (name: string, column: string) => {
    const value = numberOrNull(row[column]);
    return value === null ? {} : { [name]: value };
  };
  return {
    ...frame(row),
    ...quantity('totalPowerW', 'total_power_w'),
    ...quantity('gridPowerW', 'grid_power_w'),
    ...quantity('solarPowerW', 'solar_power_w'),
    ...quantity('batteryPowerW', 'battery_power_w'),
    circuits: [],
  };
}

/** A row of `smart_meter_circuit`: its id is its name, since the database knows no other. */
export function circuitReading(row: Row): MeterReading {
  const name = String(row['circuit_name'] ?? '');
  const circuit: CircuitReading = { id: name, name, powerW: numberOrNull(row['power_w']) };
  return { ...frame(row), circuits: [circuit] };
}

function frame(row: Row) {
  const provenance: Provenance = row['provenance'] === 'backfill' ? 'backfill' : (synthetic(row) ?? 'live');
  return {
    meterId: 'influxdb',
    observedAt: new Date(row.time),
    averagedOverS: numberOrNull(row['averaged_over_s']) ?? 0,
    provenance,
  };
}

function synthetic(row: Row): Provenance | undefined {
  return row['provenance'] === 'mock' || row['provenance'] === 'cached' ? row['provenance'] : undefined;
}

/** A row of `home_assistant_events`, or null without an entity. */
export function homeEvent(row: Row): StoredHomeEvent | null {
  const entityId = row['entity_id'];
  if (typeof entityId !== 'string' || entityId === '') return null;
  const attributes = attributesOf(row['attributes']);
  const previousState = row['previous_state'];
  return {
    entityId,
    at: new Date(row.time),
    state: row['state_value'] ?? row['state'],
    ...(previousState === null || previousState === undefined ? {} : { previousState }),
    ...(attributes === undefined ? {} : { attributes }),
  };
}
