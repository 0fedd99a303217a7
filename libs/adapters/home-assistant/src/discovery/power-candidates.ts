import { isPowerUnit } from '@smart-meter/meter-adapter';
import { textAttribute, unitOf } from '../entity-state/entity-state';
import { isDerived, RegistryEntry } from './registry';
import { SnapshotState } from './snapshot';

/** What makes a sensor a candidate for power; the device class says most. */
export type FoundBy = 'name' | 'class' | 'unit';

const CIRCUIT_PREFIX = 'sensor.power_';

/** `total_power` of `sensor.total_power`. */
export function objectId(entityId: string): string {
  return entityId.slice(entityId.indexOf('.') + 1);
}

export function howFound({ entityId, attributes }: SnapshotState): FoundBy | undefined {
  const deviceClass = textAttribute(attributes, 'device_class');
  const unit = unitOf({ attributes });
  if (deviceClass === 'power') return 'class';
  if (entityId.startsWith(CIRCUIT_PREFIX)) return 'name';
  // BTU/h alone mostly is the heat that an air conditioner moves.
  return deviceClass === undefined && isPowerUnit(unit) && unit !== 'BTU/h' ? 'unit' : undefined;
}

/** Why a sensor that looks like power is none; undefined where it is, or does not look like it. */
export function whyNotPower(
  { state, attributes }: SnapshotState,
  foundBy: FoundBy | undefined,
): string | undefined {
  const deviceClass = textAttribute(attributes, 'device_class');
  const unit = unitOf({ attributes });
  if (!foundBy) {
    const isOtherPower = deviceClass === 'apparent_power' || deviceClass === 'reactive_power';
    return isOtherPower
      ? `${deviceClass.replace('_', ' ')} (${unit ?? 'no unit'}) is not active power`
      : undefined;
  }
  if (unit !== undefined && !isPowerUnit(unit)) return `its unit "${unit}" is not one of active power`;
  if (deviceClass !== undefined && deviceClass !== 'power') {
    return `its device class is ${deviceClass}, not power`;
  }
  if (unit === undefined && foundBy === 'name' && !mayBecomeNumber(state)) {
    return 'it has no unit and its state is no number';
  }
  return undefined;
}

function mayBecomeNumber(state: string): boolean {
  return (
    /\d/.test(state) || ['unknown', 'unavailable', 'none', 'nan', ''].includes(state.trim().toLowerCase())
  );
}

const FORECAST_PLATFORMS: ReadonlySet<string> = new Set([
  'forecast_solar',
  'solcast_solar',
  'open_meteo_solar_forecast',
]);
const FORECAST_NAME = /^(power_production_(now|next_|in_)|solcast_pv_forecast_)/;
const RATING_NAME =
  /(^|_)((max|maximum|nominal|rated|peak|available)_power|power_(limit|max|maximum|setpoint|target))$/;

/** Why discovery leaves a power sensor alone unless its owner has named it. */
export function whySetAside(
  { entityId, attributes }: SnapshotState,
  entry: RegistryEntry | undefined,
): string | undefined {
  if (entry?.isHidden) return 'its owner has hidden or disabled it';
  if (entry?.category !== undefined) return `it is a ${entry.category} entity`;
  // People define sensors of their own as templates, and by this prefix they say that it is a circuit.
  const isOwnDefinition = entry?.platform === 'template' || entityId.startsWith(CIRCUIT_PREFIX);
  if (isDerived(entry) && !isOwnDefinition) {
    return entry.platform === 'powercalc'
      ? 'an estimate by Powercalc, not a measurement'
      : `computed from other sensors (${entry.platform})`;
  }
  const id = objectId(entityId);
  if (FORECAST_PLATFORMS.has(entry?.platform ?? '') || (!entry && FORECAST_NAME.test(id))) {
    return 'a forecast, not a measurement';
  }
  if (RATING_NAME.test(id)) return 'by its name a rating or a limit, not a measurement';
  if (attributes['type'] === 'Output' && (entry?.platform ?? 'iotawatt') === 'iotawatt') {
    return 'an IoTaWatt output, computed from its inputs';
  }
  return undefined;
}
