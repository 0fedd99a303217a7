/** W per unit. `mW` and `MW` differ: case matters. */
const WATTS_PER_UNIT: Readonly<Record<string, number>> = {
  mW: 1e-3,
  W: 1,
  kW: 1e3,
  MW: 1e6,
  GW: 1e9,
  TW: 1e12,
  'BTU/h': 0.29307107,
};

const WH_PER_JOULE = 1 / 3600;
const JOULES_PER_CALORIE = 4.184;

/** kWh per unit. */
const KWH_PER_UNIT: Readonly<Record<string, number>> = {
  mWh: 1e-6,
  Wh: 1e-3,
  kWh: 1,
  MWh: 1e3,
  GWh: 1e6,
  TWh: 1e9,
  J: WH_PER_JOULE * 1e-3,
  kJ: WH_PER_JOULE,
  MJ: WH_PER_JOULE * 1e3,
  GJ: WH_PER_JOULE * 1e6,
  cal: JOULES_PER_CALORIE * WH_PER_JOULE * 1e-3,
  kcal: JOULES_PER_CALORIE * WH_PER_JOULE,
  Mcal: JOULES_PER_CALORIE * WH_PER_JOULE * 1e3,
  Gcal: JOULES_PER_CALORIE * WH_PER_JOULE * 1e6,
};

export const isPowerUnit = (unit: string | undefined): unit is string =>
  unit !== undefined && Object.hasOwn(WATTS_PER_UNIT, unit);

export const isEnergyUnit = (unit: string | undefined): unit is string =>
  unit !== undefined && Object.hasOwn(KWH_PER_UNIT, unit);

/** W, or null where the unit is not one of active power: VA and var never are. */
export function toWatts(value: number, unit: string): number | null {
  return isPowerUnit(unit) ? finiteOrNull(value * (WATTS_PER_UNIT[unit] ?? NaN)) : null;
}

/** kWh, or null where the unit is not one of energy. */
export function toKwh(value: number, unit: string): number | null {
  return isEnergyUnit(unit) ? finiteOrNull(value * (KWH_PER_UNIT[unit] ?? NaN)) : null;
}

/** Mean power, W, of an energy drawn over an interval. */
export function meanPowerW(energyKwh: number, intervalS: number): number {
  return (energyKwh * 3_600_000) / intervalS;
}

/** A number, or null for NaN and the infinities: what cannot be measured is unknown. */
export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** The sum of parts; unknown as soon as one of them is. */
export function sumOrNull(values: readonly (number | null | undefined)[]): number | null {
  let total = 0;
  for (const value of values) {
    if (value === null || value === undefined) return null;
    total += value;
  }
  return total;
}
