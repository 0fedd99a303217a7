import { expectObject, JsonObject, numberOrNull, sumOrNull } from '@smart-meter/meter-adapter';

/** What a HomeWizard device measures at one instant. */
export interface Measurement {
  /** W, + = import. null = unknown. */
  powerW: number | null;
  /** Per phase, where the device tells phases. */
  phasesW: readonly (number | null)[];
  /** Lifetime counters, kWh. */
  importKwh: number | null;
  exportKwh: number | null;
}

/** The answer of `/api/v1/data`, where every key may be missing. Throws `MeterError` `malformed_response`. */
export function parseMeasurement(value: unknown): Measurement {
  const data = expectObject(value, '/api/v1/data');
  const phases = [1, 2, 3].map((phase) => `active_power_l${phase}_w`);
  return {
    powerW: numberOrNull(data['active_power_w']),
    phasesW: phases.filter((key) => key in data).map((key) => numberOrNull(data[key])),
    importKwh: counterKwh(data, 'total_power_import'),
    exportKwh: counterKwh(data, 'total_power_export'),
  };
}

/** Older firmware tells the tariffs without their sum. */
function counterKwh(data: JsonObject, name: string): number | null {
  const total = numberOrNull(data[`${name}_kwh`]);
  if (total !== null) return total;
  const tariffs = [1, 2, 3, 4].map((tariff) => `${name}_t${tariff}_kwh`).filter((key) => key in data);
  return tariffs.length === 0 ? null : sumOrNull(tariffs.map((key) => numberOrNull(data[key])));
}
