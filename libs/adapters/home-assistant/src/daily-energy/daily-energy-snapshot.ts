import { isJsonObject } from '@smart-meter/meter-adapter';
import { CounterSnapshot, DailyEnergySnapshot } from './daily-energy-tracker';

/** Leaves out what is not as the tracker wrote it. */
export function parseDailyEnergySnapshot(value: unknown): DailyEnergySnapshot {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, CounterSnapshot] => isCounterSnapshot(entry[1])),
  );
}

function isCounterSnapshot(value: unknown): value is CounterSnapshot {
  return (
    isJsonObject(value) &&
    typeof value['day'] === 'string' &&
    isNumberOrNull(value['usedKwh']) &&
    Number.isFinite(value['lastKwh']) &&
    Number.isFinite(value['lastAtMs']) &&
    isNumberOrNull(value['lastResetMs'])
  );
}

function isNumberOrNull(value: unknown): boolean {
  return value === null || Number.isFinite(value);
}
