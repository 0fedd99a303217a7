/** Units that Home Assistant converts in statistics: how many W, or kWh, one of them is. */
const units: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  power: { mW: 1e-3, W: 1, kW: 1e3, MW: 1e6, GW: 1e9, TW: 1e12 },
  energy: {
    mWh: 1e-6,
    Wh: 1e-3,
    kWh: 1,
    MWh: 1e3,
    GWh: 1e6,
    TWh: 1e9,
    J: 1 / 3.6e6,
    kJ: 1 / 3600,
    MJ: 1 / 3.6,
    GJ: 1000 / 3.6,
    cal: 4.184 / 3.6e6,
    kcal: 4.184 / 3600,
    Mcal: 4.184 / 3.6,
    Gcal: 4184 / 3.6,
  },
};

export function unitClassOf(unit: string | null): string | null {
  return Object.keys(units).find((name) => unit !== null && unit in (units[name] ?? {})) ?? null;
}

/** What to multiply by; null when the two do not convert. */
export function conversionFactor(from: string | null, to: string | null): number | null {
  if (from === to) return 1;
  const table = units[unitClassOf(from) ?? ''];
  const fromFactor = table?.[from ?? ''];
  const toFactor = table?.[to ?? ''];
  return fromFactor === undefined || toFactor === undefined ? null : fromFactor / toFactor;
}
