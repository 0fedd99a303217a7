import { isJsonObject, JsonObject } from '@smart-meter/meter-adapter';
import { textAttribute } from '../entity-state/entity-state';
import { PowerTerm } from './source-plan';

/** The owner's energy dashboard, whatever shape Home Assistant's version gives it. */
export interface EnergyPreferences {
  grid: EnergyFlow[];
  solar: EnergyFlow[];
  battery: EnergyFlow[];
  devices: DeviceConsumption[];
}

export interface EnergyFlow {
  /** Counter of import, production or discharge. A statistic id with `:` has no entity. */
  energyFrom?: string;
  /** Counter of export or charge. */
  energyTo?: string;
  /** Ways to read its power with the architecture's sign, best first; each is a sum. */
  powerOptions: PowerTerm[][];
  /** What a kWh of import costs, where the owner says so. */
  price?: DashboardPrice;
}

/** A price as the energy dashboard has it: a sensor of it, or one number for every kWh. */
export type DashboardPrice = { entityId: string } | { pricePerKwh: number };

export interface DeviceConsumption {
  energy: string;
  /** The device's power sensor, from Home Assistant 2025.12. */
  rate?: string;
  name?: string;
  /** The energy counter of the device that this one is a part of. */
  includedIn?: string;
}

/** Unknown source types, unknown keys and malformed entries are left out; they cost only themselves. */
export function parseEnergyPreferences(prefs: unknown): EnergyPreferences {
  const root = isJsonObject(prefs) ? prefs : {};
  const ofType = (type: string) =>
    objects(root['energy_sources']).filter((source) => source['type'] === type);
  return {
    grid: ofType('grid').flatMap((source) =>
      'flow_from' in source || 'flow_to' in source ? legacyGridFlows(source) : [flow(source)],
    ),
    solar: ofType('solar').map(flow),
    battery: ofType('battery').map(flow),
    devices: objects(root['device_consumption']).flatMap((device) => {
      const energy = textAttribute(device, 'stat_consumption');
      if (energy === undefined) return [];
      const rate = textAttribute(device, 'stat_rate');
      const name = textAttribute(device, 'name');
      const includedIn = textAttribute(device, 'included_in_stat');
      return [
        {
          energy,
          ...(rate === undefined ? {} : { rate }),
          ...(name === undefined ? {} : { name }),
          ...(includedIn === undefined ? {} : { includedIn }),
        },
      ];
    }),
  };
}

/** Up to 2026.2 one grid holds three lists that belong together only in order. */
function legacyGridFlows(source: JsonObject): EnergyFlow[] {
  const imports = objects(source['flow_from']);
  const exports = objects(source['flow_to']);
  const rates = objects(source['power']);
  return Array.from({ length: Math.max(imports.length, exports.length, rates.length) }, (_, index) =>
    flow({
      stat_energy_from: imports[index]?.['stat_energy_from'],
      entity_energy_price: imports[index]?.['entity_energy_price'],
      number_energy_price: imports[index]?.['number_energy_price'],
      stat_energy_to: exports[index]?.['stat_energy_to'],
      stat_rate: rates[index]?.['stat_rate'],
      power_config: rates[index]?.['power_config'],
    }),
  );
}

function flow(source: JsonObject): EnergyFlow {
  const energyFrom = textAttribute(source, 'stat_energy_from');
  const energyTo = textAttribute(source, 'stat_energy_to');
  const price = priceOf(source);
  return {
    ...(energyFrom === undefined ? {} : { energyFrom }),
    ...(energyTo === undefined ? {} : { energyTo }),
    powerOptions: powerOptions(source),
    ...(price === undefined ? {} : { price }),
  };
}

function priceOf(source: JsonObject): DashboardPrice | undefined {
  const entityId = textAttribute(source, 'entity_energy_price');
  if (entityId !== undefined) return { entityId };
  const pricePerKwh = source['number_energy_price'];
  return typeof pricePerKwh === 'number' && Number.isFinite(pricePerKwh) ? { pricePerKwh } : undefined;
}

/** `stat_rate` is always in the standard sign; the sensors that Home Assistant made it from are the second choice. */
function powerOptions(source: JsonObject): PowerTerm[][] {
  const config = isJsonObject(source['power_config']) ? source['power_config'] : {};
  const options: PowerTerm[][] = [];
  for (const rate of [textAttribute(source, 'stat_rate'), textAttribute(config, 'stat_rate')]) {
    if (rate !== undefined) options.push([{ entityId: rate, sign: 1 }]);
  }
  const inverted = textAttribute(config, 'stat_rate_inverted');
  if (inverted !== undefined) options.push([{ entityId: inverted, sign: -1 }]);
  const from = textAttribute(config, 'stat_rate_from');
  const to = textAttribute(config, 'stat_rate_to');
  if (from !== undefined && to !== undefined && from !== to) {
    options.push([
      { entityId: from, sign: 1 },
      { entityId: to, sign: -1 },
    ]);
  }
  return options;
}

function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
