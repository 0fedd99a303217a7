import { readFileSync } from 'node:fs';
import { Secret } from '@smart-meter/meter-adapter';
import { configurationError, Environment, readSettings, SettingFault } from '@smart-meter/service';
import { IANAZone } from 'luxon';
import { flatTariff, parseTariff, Tariff } from '../devices/tariff';
import { ServiceSettings, serviceSettings } from './settings';

export interface Configuration {
  settings: ServiceSettings;
  timeZone: string;
  /** Entity -> circuit id. */
  circuits: Readonly<Record<string, string>>;
  /** null where no price is set. */
  tariff: Tariff | null;
  /** Every secret, for redaction. */
  secrets: readonly Secret[];
}

/**
 * The whole configuration from an environment.
 * @throws MeterError `configuration` that lists every wrong variable
 */
export function loadConfiguration(environment: Environment): Configuration {
  const { values: settings, faults } = readSettings(serviceSettings, environment);
  const timeZone = settings.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!IANAZone.isValidZone(timeZone)) {
    faults.push({
      variable: 'TIME_ZONE',
      problem: `expected an IANA zone such as Europe/Berlin, got "${timeZone}"`,
    });
  }
  const circuits = readCircuits(settings.entityCircuits ?? [], faults);
  const tariff = readTariff(settings, timeZone, faults);
  faults.push(...sourceFaults(settings));
  if (faults.length > 0) throw configurationError(faults);
  return {
    settings,
    timeZone,
    circuits,
    tariff,
    secrets: Object.values(settings).filter((value): value is Secret => value instanceof Secret),
  };
}

function readCircuits(pairs: readonly string[], faults: SettingFault[]): Record<string, string> {
  const circuits: Record<string, string> = {};
  for (const pair of pairs) {
    const [entityId = '', circuit = ''] = pair.split('=').map((part) => part.trim());
    if (entityId === '' || circuit === '') {
      faults.push({ variable: 'ENTITY_CIRCUITS', problem: `expected entity=circuit, got "${pair}"` });
    } else circuits[entityId] = circuit;
  }
  return circuits;
}

function readTariff(
  { tariffFile, energyPrice, currency }: ServiceSettings,
  timeZone: string,
  faults: SettingFault[],
): Tariff | null {
  if (tariffFile === undefined) return energyPrice === undefined ? null : flatTariff(energyPrice, currency);
  try {
    return parseTariff(readFileSync(tariffFile, 'utf8'), { currency, timeZone });
  } catch (error) {
    faults.push({ variable: 'TARIFF_FILE', problem: (error as Error).message });
    return null;
  }
}

function sourceFaults(settings: ServiceSettings): SettingFault[] {
  const faults: SettingFault[] = [];
  const missing = (variable: string, why: string) => faults.push({ variable, problem: `is not set; ${why}` });
  const { eventSource, powerSource, supervisorToken, homeAssistantUrl, homeAssistantToken } = settings;
  if (eventSource === 'home_assistant' && supervisorToken === undefined) {
    if (homeAssistantUrl === undefined) missing('HOME_ASSISTANT_URL', 'events come from there');
    if (homeAssistantToken === undefined) missing('HOME_ASSISTANT_TOKEN', 'events come from there');
  }
  const readsInflux = powerSource === 'influxdb' || eventSource?.startsWith('influxdb') === true;
  if (readsInflux && settings.influxUrl === undefined)
    missing('INFLUXDB_URL', 'power or events come from there');
  if (settings.influxQueryLanguage === 'flux' && eventSource === 'influxdb_integration') {
    faults.push({ variable: 'INFLUXDB_QUERY_LANGUAGE', problem: 'influxdb_integration is read by influxql' });
  }
  return faults;
}
