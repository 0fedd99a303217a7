import { EnergyAnswer, SourcesAnswer } from '../api/answers';
import { CircuitValue } from './circuit-tree';
import { CircuitNow } from './picture';

/** What people call the circuits, by id: the sources' own names, where they have them. */
export function circuitNames(sources: SourcesAnswer | null): ReadonlyMap<string, string> {
  const named = (sources?.sources ?? []).filter(({ role, name }) => role === 'circuit' && name !== '');
  return new Map(named.map(({ circuit_id, source, name }) => [circuit_id ?? source, withoutQuantity(name)]));
}

/** `Kitchen power` is the kitchen. */
function withoutQuantity(name: string): string {
  return name.replace(/\s+power$/i, '') || name;
}

/** Circuits by what they draw now, W. */
export function powersNow(
  circuits: readonly CircuitNow[],
  names: ReadonlyMap<string, string>,
): CircuitValue[] {
  return circuits.map(({ id, name, parentId, powerW }) => ({
    id,
    name: names.get(id) ?? name,
    parentId,
    value: powerW,
  }));
}

/** Circuits by their energy of the days from a date on, kWh; null where no day is known. */
export function energiesSince(
  circuits: readonly CircuitNow[],
  names: ReadonlyMap<string, string>,
  energy: EnergyAnswer,
  fromDate: string,
): CircuitValue[] {
  return circuits.map(({ id, name, parentId }) => ({
    id,
    name: names.get(id) ?? name,
    parentId,
    value: energySince(energy, `circuit:${id}`, fromDate),
  }));
}

/** Energy of one series in the days from a date on, kWh; null where none of them is known. */
export function energySince({ series }: EnergyAnswer, name: string, fromDate: string): number | null {
  const periods =
    series.find((one) => one.series === name)?.periods.filter(({ date }) => date >= fromDate) ?? [];
  return periods.length === 0 ? null : periods.reduce((sum, { energy_kwh }) => sum + energy_kwh, 0);
}

const HOUR_S = 3_600;

/** A constant power as a share of what the home used on the known days, %; null where none is known. */
export function shareOfUse(powerW: number, { series }: EnergyAnswer): number | null {
  const days = series.find((one) => one.series === 'home')?.periods ?? [];
  const usedKwh = days.reduce((sum, { energy_kwh }) => sum + energy_kwh, 0);
  const knownHours = days.reduce((sum, { covered_s }) => sum + covered_s / HOUR_S, 0);
  if (usedKwh <= 0 || knownHours < 24) return null;
  return Math.min(100, ((powerW / 1000) * knownHours * 100) / usedKwh);
}
