import {
  expectArray,
  expectObject,
  expectString,
  finiteOrNull,
  isJsonObject,
  meanPowerW,
  MeterError,
  numberOrNull,
} from '@smart-meter/meter-adapter';
import { ChannelSample, PhaseSample } from '../channel';

/** One stored interval of a channel. */
export interface StoredRecord {
  endMs: number;
  periodS: number;
  /** What was drawn and fed in within the interval, kWh, and the mean power. */
  sample: ChannelSample;
}

/** A page of `GetData`. */
export interface RecordPage {
  records: StoredRecord[];
  /** Where the next page begins, s; null after the last. */
  nextTs: number | null;
}

/** Recorded before the device had heard of a time server. */
const FIRST_PLAUSIBLE_S = 1e9;

/** The answer of `GetRecords`: from when on there are records, s; null = none. Throws `MeterError`. */
export function parseFirstRecordTs(value: unknown): number | null {
  const blocks = expectArray(expectObject(value, 'GetRecords')['data_blocks'], 'data_blocks');
  const starts = blocks
    .map((block) => (isJsonObject(block) ? seconds(block['ts']) : NaN))
    .filter((ts) => ts >= FIRST_PLAUSIBLE_S);
  return starts.length === 0 ? null : Math.min(...starts);
}

/**
 * The answer of `GetData`. A record without its energy is left out.
 * @param component of the live values: `em:0`, `em1:2`
 */
export function parseRecordPage(value: unknown, component: string): RecordPage {
  const page = expectObject(value, 'GetData');
  const keys = expectArray(page['keys'], 'keys').map((key) => expectString(key, 'keys'));
  const toSample = sampleReader(keys, component);
  const records: StoredRecord[] = [];
  for (const item of expectArray(page['data'], 'data')) {
    const { ts, period, values } = expectObject(item, 'data');
    const [startS, periodS] = [seconds(ts), seconds(period)];
    if (!(startS >= FIRST_PLAUSIBLE_S)) continue;
    if (!Number.isInteger(periodS) || periodS < 1) {
      throw new MeterError('malformed_response', 'data.period: expected whole seconds');
    }
    expectArray(values, 'data.values').forEach((row, index) => {
      const sample = toSample(expectArray(row, 'data.values'), periodS);
      if (sample) records.push({ endMs: (startS + (index + 1) * periodS) * 1000, periodS, sample });
    });
  }
  const nextTs = seconds(page['next_record_ts']);
  return { records, nextTs: nextTs > 0 ? nextTs : null };
}

/** A number, also where it comes as text. */
function seconds(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN;
}

function sampleReader(keys: readonly string[], component: string) {
  const column = (key: string) => keys.indexOf(key);
  const directions = (prefix: string) => ({
    importColumn: column(`${prefix}total_act_energy`),
    exportColumn: column(`${prefix}total_act_ret_energy`),
  });
  const phases = component.startsWith('em:') ? (['a', 'b', 'c'] as const) : [];
  const columns = phases.length > 0 ? phases.map((phase) => directions(`${phase}_`)) : [directions('')];
  if (columns.some(({ importColumn, exportColumn }) => importColumn < 0 || exportColumn < 0)) {
    throw new MeterError('malformed_response', 'keys: expected the active energies of both directions');
  }
  return (row: readonly unknown[], periodS: number): ChannelSample | null => {
    const energies = columns.map(({ importColumn, exportColumn }) => ({
      importKwh: (numberOrNull(row[importColumn]) ?? NaN) / 1000,
      exportKwh: (numberOrNull(row[exportColumn]) ?? NaN) / 1000,
    }));
    const importKwh = energies.reduce((total, energy) => total + energy.importKwh, 0);
    const exportKwh = energies.reduce((total, energy) => total + energy.exportKwh, 0);
    if (!Number.isFinite(importKwh - exportKwh)) return null;
    return {
      component,
      powerW: finiteOrNull(meanPowerW(importKwh - exportKwh, periodS)),
      phases: phases.map((phase, index): PhaseSample => {
        const energy = energies[index];
        return {
          phase,
          powerW: finiteOrNull(energy ? meanPowerW(energy.importKwh - energy.exportKwh, periodS) : NaN),
        };
      }),
      importKwh,
      exportKwh,
      faults: [],
    };
  };
}
