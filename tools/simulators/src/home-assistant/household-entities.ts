import { Household, HouseholdEnergy, HouseholdPower } from '@smart-meter/household';
import { buildEnergyPreferences, GridShape } from './energy-preferences';
import { Attributes } from './state-machine';

/** A sensor whose value the household gives. */
export interface HouseholdSensor {
  readonly entityId: string;
  readonly name: string;
  readonly attributes: Attributes;
  readonly deviceId: string;
  readonly areaName: string | null;
  readonly read: (power: HouseholdPower) => number | null;
}

/** A counter; `read` takes the energy since its zero point. */
export interface HouseholdCounter extends Omit<HouseholdSensor, 'read'> {
  readonly resetsDaily: boolean;
  readonly read: (energy: HouseholdEnergy) => number | null;
}

export interface HouseholdEntityOptions {
  /** Ids of appliances that have a plug of their own, with power and energy sensors. */
  readonly meteredAppliances?: readonly string[];
}

export const METER_DEVICE_ID = 'simulated-home-meter';

function attributes(name: string, deviceClass: string, stateClass: string, unit: string): Attributes {
  return {
    state_class: stateClass,
    unit_of_measurement: unit,
    device_class: deviceClass,
    friendly_name: name,
  };
}

function powerSensor(
  entityId: string,
  name: string,
  areaName: string | null,
  read: HouseholdSensor['read'],
): HouseholdSensor {
  return {
    entityId,
    name,
    attributes: attributes(name, 'power', 'measurement', 'W'),
    deviceId: METER_DEVICE_ID,
    areaName,
    read,
  };
}

function energyCounter(
  entityId: string,
  name: string,
  areaName: string | null,
  read: HouseholdCounter['read'],
  resetsDaily = false,
): HouseholdCounter {
  return {
    entityId,
    name,
    attributes: attributes(name, 'energy', 'total_increasing', 'kWh'),
    deviceId: METER_DEVICE_ID,
    areaName,
    resetsDaily,
    read,
  };
}

function metered(household: Household, { meteredAppliances = [] }: HouseholdEntityOptions) {
  return household.circuits.filter(({ id, parentId }) => parentId === null || meteredAppliances.includes(id));
}

/** The power sensors of the home: the whole, grid, solar and battery where they exist, and each circuit. */
export function powerSensorsOf(household: Household, options: HouseholdEntityOptions): HouseholdSensor[] {
  const now = household.powerAt(new Date(0));
  const sensors = [powerSensor('sensor.total_power', 'Total power', null, (power) => power.totalPowerW)];
  if (now.solarPowerW !== null || now.batteryPowerW !== null) {
    sensors.push(powerSensor('sensor.grid_power', 'Grid power', null, (power) => power.gridPowerW));
  }
  if (now.solarPowerW !== null) {
    sensors.push(powerSensor('sensor.solar_power', 'Solar power', null, (power) => power.solarPowerW));
  }
  if (now.batteryPowerW !== null) {
    sensors.push(
      powerSensor('sensor.battery_power', 'Battery power', null, (power) => power.batteryPowerW),
      {
        entityId: 'sensor.battery_state_of_charge',
        name: 'Battery state of charge',
        attributes: attributes('Battery state of charge', 'battery', 'measurement', '%'),
        deviceId: METER_DEVICE_ID,
        areaName: null,
        read: (power) => power.batteryStateOfChargePercent,
      },
    );
  }
  const circuits = metered(household, options).map(({ id, name, parentId, area }) => {
    const entityId = parentId === null ? `sensor.power_${id}` : `sensor.${id}_power`;
    return powerSensor(entityId, `${name} power`, area, (power) => power.circuits.get(id) ?? null);
  });
  return [...sensors, ...circuits];
}

/** The energy counters that go with them; `sensor.daily_energy` starts anew at local midnight. */
export function energyCountersOf(household: Household, options: HouseholdEntityOptions): HouseholdCounter[] {
  const now = household.powerAt(new Date(0));
  const counters = [
    energyCounter('sensor.daily_energy', 'Daily energy', null, (energy) => energy.totalKwh, true),
    energyCounter('sensor.grid_import_energy', 'Grid import', null, (energy) => energy.gridImportKwh),
  ];
  if (now.solarPowerW !== null) {
    counters.push(
      energyCounter('sensor.grid_export_energy', 'Grid export', null, (energy) => energy.gridExportKwh),
      energyCounter('sensor.solar_energy', 'Solar energy', null, (energy) => energy.solarKwh),
    );
  }
  if (now.batteryPowerW !== null) {
    counters.push(
      energyCounter(
        'sensor.battery_charge_energy',
        'Battery charge',
        null,
        (energy) => energy.batteryChargeKwh,
      ),
      energyCounter(
        'sensor.battery_discharge_energy',
        'Battery discharge',
        null,
        (energy) => energy.batteryDischargeKwh,
      ),
    );
  }
  const circuits = metered(household, options).map(({ id, name, area }) =>
    energyCounter(`sensor.${id}_energy`, `${name} energy`, area, (energy) => energy.circuits.get(id) ?? null),
  );
  return [...counters, ...circuits];
}

/** Preferences that name these sensors, appliances below their circuits. */
export function preferencesOf(
  household: Household,
  gridShape: GridShape,
  options: HouseholdEntityOptions,
): Readonly<Record<string, unknown>> {
  const now = household.powerAt(new Date(0));
  const solar = { solarEnergy: 'sensor.solar_energy', solarPower: 'sensor.solar_power' };
  const battery = {
    batteryDischargeEnergy: 'sensor.battery_discharge_energy',
    batteryChargeEnergy: 'sensor.battery_charge_energy',
    batteryPower: 'sensor.battery_power',
  };
  const hasGridSensor = now.solarPowerW !== null || now.batteryPowerW !== null;
  return buildEnergyPreferences({
    gridShape,
    importEnergy: 'sensor.grid_import_energy',
    pricePerKwh: 0.3,
    ...(hasGridSensor ? { gridPower: 'sensor.grid_power' } : {}),
    ...(now.solarPowerW === null ? {} : { ...solar, exportEnergy: 'sensor.grid_export_energy' }),
    ...(now.batteryPowerW === null ? {} : battery),
    devices: metered(household, options).map(({ id, name, parentId }) => ({
      energy: `sensor.${id}_energy`,
      power: parentId === null ? `sensor.power_${id}` : `sensor.${id}_power`,
      name,
      ...(parentId === null ? {} : { includedIn: `sensor.${parentId}_energy` }),
    })),
  });
}
