import { isMeterError, MeterAdapter, MeterContext, MeterError, Secret } from '@smart-meter/meter-adapter';
import { configurationError, Environment, readSettings, SettingFault } from '@smart-meter/service';
import { IANAZone } from 'luxon';
import { AnyMeterDefinition, findMeterDefinition, meterTypes } from '../meters/catalogue';
import { ServiceSettings, serviceSettings } from './settings';

/** The kind of meter when nothing says otherwise. */
const SIMULATED = 'generic';

export interface Configuration {
  settings: ServiceSettings;
  timeZone: string;
  meterId: string;
  meterType: string;
  definition: AnyMeterDefinition;
  /** Makes the meter; throws `MeterError('configuration')` where its settings are incomplete. */
  createMeter(context: MeterContext): MeterAdapter;
  /** Every secret, for redaction. */
  secrets: readonly Secret[];
}

/**
 * The whole configuration from an environment.
 * @throws MeterError `configuration` that lists every wrong variable
 */
export function loadConfiguration(environment: Environment): Configuration {
  const { values: settings, faults } = readSettings(serviceSettings, environment);
  const meterType = settings.meterType ?? impliedMeterType(environment);
  const definition = findMeterDefinition(meterType);
  if (!definition) {
    faults.push({
      variable: 'METER_TYPE',
      problem: `expected one of ${meterTypes().join(', ')}, got "${meterType}"`,
    });
    throw configurationError(faults);
  }
  const meter = readSettings(definition.settings, environment);
  faults.push(...meter.faults, ...timeZoneFaults(settings.timeZone));
  if (faults.length > 0) throw configurationError(faults);
  return {
    settings,
    timeZone: settings.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    meterId: settings.meterDeviceId ?? (meterType === SIMULATED ? 'simulated' : meterType),
    meterType,
    definition,
    createMeter: (context) => definition.create(meter.values, context),
    secrets: [...Object.values(settings), ...Object.values(meter.values)].filter(
      (value): value is Secret => value instanceof Secret,
    ),
  };
}

/** Whether an error says that the meter's settings are incomplete, which a fallback can bridge. */
export function isConfigurationError(error: unknown): error is MeterError {
  return isMeterError(error) && error.code === 'configuration';
}

function impliedMeterType(environment: Environment): string {
  const isSet = (variable: string) => Boolean(environment[variable]?.trim());
  return isSet('HOME_ASSISTANT_URL') || isSet('SUPERVISOR_TOKEN') ? 'home_assistant' : SIMULATED;
}

function timeZoneFaults(timeZone: string | undefined): SettingFault[] {
  if (timeZone === undefined || IANAZone.isValidZone(timeZone)) return [];
  return [
    { variable: 'TIME_ZONE', problem: `expected an IANA zone such as Europe/Berlin, got "${timeZone}"` },
  ];
}
