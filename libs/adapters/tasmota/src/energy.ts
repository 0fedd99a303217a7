import { expectObject, MeterError, numberOrNull } from '@smart-meter/meter-adapter';

/** What a Tasmota device measures at one instant. */
export interface Energy {
  /** W per channel, + = consumption. null = unknown. */
  powersW: readonly (number | null)[];
  /** Energy since the device's midnight: one value for all channels, or one per channel. kWh. */
  todayKwh: readonly (number | null)[];
}

/**
 * The answer of `Status 10`.
 * Throws `MeterError` `malformed_response`; `unsupported` for a device that measures no power.
 */
export function parseEnergy(value: unknown, host: string): Energy {
  const sensors = expectObject(expectObject(value, 'Status 10')['StatusSNS'], 'StatusSNS');
  const energy = sensors['ENERGY'];
  if (energy === undefined) {
    throw new MeterError('unsupported', `The Tasmota ${host} has no ENERGY sensor: it measures no power`);
  }
  const { Power, Today } = expectObject(energy, 'ENERGY');
  // Before it has heard of a time server a device does not know when its day began.
  const time = sensors['Time'];
  const knowsDay = typeof time === 'string' && !time.startsWith('1970');
  return { powersW: listOf(Power), todayKwh: knowsDay ? listOf(Today) : [null] };
}

/** A device of one channel tells a number where another tells a list. */
function listOf(value: unknown): (number | null)[] {
  return Array.isArray(value) ? value.map(numberOrNull) : [numberOrNull(value)];
}
