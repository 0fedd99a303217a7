import { CircuitReading, MeterError, MeterReading, shareOfTotal } from '@smart-meter/meter-adapter';
import { EncodedLines, tag, withFloat, withText } from './line-protocol';

export interface ReadingEncoding {
  /** `home_assistant`, `emporia`, ... */
  meterType: string;
  /** Whether `meter_id` becomes a tag: only where an installation has more than one meter. */
  tagMeterId: boolean;
  /** Whether cached and mock values may be written, labelled as what they are. Default: they are not. */
  allowSynthetic?: boolean;
}

/**
 * A reading as points of `smart_meter` and `smart_meter_circuit`.
 * What is unknown is left out; a point without any value is not written.
 * Throws `MeterError` `malformed_response` for an instant that is none.
 */
export function encodeReading(reading: MeterReading, encoding: ReadingEncoding): EncodedLines {
  const { provenance, observedAt } = reading;
  const isMeasured = provenance === 'live' || provenance === 'backfill';
  if (!isMeasured && encoding.allowSynthetic !== true) return { lineProtocol: '', lineCount: 0 };

  const meterTags =
    (encoding.tagMeterId ? tag('meter_id', reading.meterId) : '') + tag('meter_type', encoding.meterType);
  let origin = reading.averagedOverS > 0 ? withFloat('', 'averaged_over_s', reading.averagedOverS) : '';
  if (provenance !== 'live') origin = withText(origin, 'provenance', provenance);
  const end = `${origin === '' ? '' : `,${origin}`} ${timestampMs(observedAt)}`;

  let lineProtocol = '';
  let lineCount = 0;
  let home = withFloat('', 'total_power_w', reading.totalPowerW);
  home = withFloat(home, 'daily_kwh', reading.dailyKwh);
  home = withFloat(home, 'grid_power_w', reading.gridPowerW);
  home = withFloat(home, 'solar_power_w', reading.solarPowerW);
  home = withFloat(home, 'battery_power_w', reading.batteryPowerW);
  if (home !== '') {
    lineProtocol = `smart_meter${meterTags} ${home}${end}`;
    lineCount = 1;
  }
  const shared = sharedNames(reading.circuits);
  for (const circuit of reading.circuits) {
    let fields = withFloat('', 'power_w', circuit.powerW);
    fields = withFloat(fields, 'percentage', percentage(circuit, reading));
    fields = withFloat(fields, 'daily_kwh', circuit.dailyKwh);
    if (fields === '') continue;
    const name = shared?.has(circuit.name) ? `${circuit.name} (${circuit.id})` : circuit.name;
    const line = `smart_meter_circuit${tag('circuit_name', name)}${meterTags} ${fields}${end}`;
    lineProtocol = lineCount === 0 ? line : `${lineProtocol}\n${line}`;
    lineCount += 1;
  }
  return { lineProtocol, lineCount };
}

function percentage(circuit: CircuitReading, reading: MeterReading): number | null {
  return circuit.percentage === undefined
    ? shareOfTotal(circuit.powerW, reading.totalPowerW)
    : circuit.percentage;
}

/** Circuits of the same name would overwrite each other's points: these are told apart by their id. */
function sharedNames(circuits: readonly CircuitReading[]): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  for (const { name } of circuits) names.add(name);
  if (names.size === circuits.length) return undefined;
  return new Set(circuits.map(({ name }) => name).filter((name, index, all) => all.indexOf(name) !== index));
}

export function timestampMs(at: Date): number {
  const ms = at.getTime();
  if (Number.isNaN(ms)) {
    throw new MeterError(
      'malformed_response',
      'the time of a point: expected an instant, got an invalid date',
    );
  }
  return ms;
}
