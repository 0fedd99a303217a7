/** The grid source changed its shape with 2026.3. */
export type GridShape = 'legacy' | 'flat';

export interface PreferenceSources {
  readonly gridShape: GridShape;
  readonly importEnergy: string;
  readonly exportEnergy?: string;
  /** A signed power sensor; the field exists from 2025.12 on. */
  readonly gridPower?: string;
  readonly solarEnergy?: string;
  readonly solarPower?: string;
  readonly batteryDischargeEnergy?: string;
  readonly batteryChargeEnergy?: string;
  readonly batteryPower?: string;
  readonly pricePerKwh?: number;
  /** A sensor of the price; takes the place of the number. */
  readonly priceEntity?: string;
  readonly devices?: readonly {
    readonly energy: string;
    readonly power?: string;
    readonly name?: string;
    readonly includedIn?: string;
  }[];
}

/** Energy preferences as their owner would have set them up, in the shape of the version. */
export function buildEnergyPreferences(sources: PreferenceSources): Readonly<Record<string, unknown>> {
  const { gridShape, solarEnergy, solarPower, batteryDischargeEnergy, batteryChargeEnergy, batteryPower } =
    sources;
  const rate = (power: string | undefined): object => (power === undefined ? {} : { stat_rate: power });
  const energySources: unknown[] = [gridShape === 'flat' ? flatGrid(sources) : legacyGrid(sources)];
  if (solarEnergy !== undefined) {
    const solar = { type: 'solar', stat_energy_from: solarEnergy, config_entry_solar_forecast: null };
    energySources.push({ ...solar, ...rate(solarPower) });
  }
  if (batteryDischargeEnergy !== undefined && batteryChargeEnergy !== undefined) {
    const battery = {
      type: 'battery',
      stat_energy_from: batteryDischargeEnergy,
      stat_energy_to: batteryChargeEnergy,
    };
    energySources.push({ ...battery, ...rate(batteryPower) });
  }
  const devices = (sources.devices ?? []).map(({ energy, power, name, includedIn }) => ({
    stat_consumption: energy,
    ...rate(power),
    ...(name === undefined ? {} : { name }),
    ...(includedIn === undefined ? {} : { included_in_stat: includedIn }),
  }));
  const water = gridShape === 'flat' ? { device_consumption_water: [] } : {};
  return { energy_sources: energySources, device_consumption: devices, ...water };
}

function legacyGrid({
  importEnergy,
  exportEnergy,
  gridPower,
  pricePerKwh,
  priceEntity,
}: PreferenceSources): unknown {
  const price = { entity_energy_price: priceEntity ?? null, number_energy_price: pricePerKwh ?? null };
  const flowTo = {
    stat_energy_to: exportEnergy,
    stat_compensation: null,
    entity_energy_price: null,
    number_energy_price: null,
  };
  return {
    type: 'grid',
    flow_from: [{ stat_energy_from: importEnergy, stat_cost: null, ...price }],
    flow_to: exportEnergy === undefined ? [] : [flowTo],
    ...(gridPower === undefined ? {} : { power: [{ stat_rate: gridPower }] }),
    cost_adjustment_day: 0,
  };
}

function flatGrid({
  importEnergy,
  exportEnergy,
  gridPower,
  pricePerKwh,
  priceEntity,
}: PreferenceSources): unknown {
  return {
    type: 'grid',
    stat_energy_from: importEnergy,
    stat_energy_to: exportEnergy ?? null,
    stat_cost: null,
    entity_energy_price: priceEntity ?? null,
    number_energy_price: pricePerKwh ?? null,
    stat_compensation: null,
    entity_energy_price_export: null,
    number_energy_price_export: null,
    ...(gridPower === undefined ? {} : { stat_rate: gridPower }),
    cost_adjustment_day: 0,
  };
}
