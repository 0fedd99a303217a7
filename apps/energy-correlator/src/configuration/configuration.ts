import { readFileSync } from 'node:fs';
import { HomeAssistantAccess } from '@smart-meter/adapter-home-assistant';
import { Secret } from '@smart-meter/meter-adapter';
import { configurationError, Environment, readSettings, SettingFault } from '@smart-meter/service';
import { IANAZone } from 'luxon';
import { flatTariff, parseTariff } from '../devices/tariff';
import { ConfiguredPrices } from '../prices/energy-prices';
import { ServiceSettings, serviceSettings } from './settings';

export interface Configuration {
  settings: ServiceSettings;
  timeZone: string;
  /** Entity -> circuit id. */
  circuits: Readonly<Record<string, string>>;
  prices: ConfiguredPrices;
  /** Every secret, for redaction. */
  secrets: readonly Secret[];
}

const SENSOR_ID = /^[a-z_]+\.[a-z0-9_]+$/;

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
  const prices = readPrices(settings, timeZone, faults);
  faults.push(...sourceFaults(settings));
  if (faults.length > 0) throw configurationError(faults);
  return {
    settings,
    timeZone,
    circuits,
    prices,
    secrets: Object.values(settings).filter((value): value is Secret => value instanceof Secret),
  };
}

/** How Home Assistant is reached; null where that is not set. */
export function homeAssistantAccess({
  homeAssistantUrl: url,
  homeAssistantToken: token,
  supervisorToken,
}: ServiceSettings): HomeAssistantAccess | null {
  if (url !== undefined && token !== undefined) return { url, token: token.reveal() };
  return supervisorToken === undefined ? null : { supervisor: { token: supervisorToken.reveal() } };
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

/** At most one of the settings says what energy costs: with two, nobody would know which one holds. */
function readPrices(
  { tariffFile, energyPrice, priceEntity, currency }: ServiceSettings,
  timeZone: string,
  faults: SettingFault[],
): ConfiguredPrices {
  const named = [
    ...(energyPrice === undefined ? [] : ['ENERGY_PRICE']),
    ...(tariffFile === undefined ? [] : ['TARIFF_FILE']),
    ...(priceEntity === undefined ? [] : ['PRICE_ENTITY']),
  ];
  if (named.length > 1) {
    faults.push({
      variable: named.join(', '),
      problem: 'each says what energy costs: set one of them and remove the others',
    });
  }
  if (priceEntity !== undefined && !SENSOR_ID.test(priceEntity)) {
    faults.push({
      variable: 'PRICE_ENTITY',
      problem: `expected an entity id such as sensor.electricity_price, got "${priceEntity}"`,
    });
  }
  return {
    currency: currency ?? null,
    priceEntity: priceEntity ?? null,
    tariff: configuredTariff({ tariffFile, energyPrice }, timeZone, faults),
  };
}

function configuredTariff(
  { tariffFile, energyPrice }: Pick<ServiceSettings, 'tariffFile' | 'energyPrice'>,
  timeZone: string,
  faults: SettingFault[],
): ConfiguredPrices['tariff'] {
  if (tariffFile === undefined) {
    return energyPrice === undefined ? null : { source: 'ENERGY_PRICE', tariff: flatTariff(energyPrice) };
  }
  try {
    return { source: 'TARIFF_FILE', tariff: parseTariff(readFileSync(tariffFile, 'utf8'), timeZone) };
  } catch (error) {
    faults.push({ variable: 'TARIFF_FILE', problem: (error as Error).message });
    return null;
  }
}

function sourceFaults(settings: ServiceSettings): SettingFault[] {
  const faults: SettingFault[] = [];
  const missing = (variable: string, why: string) => faults.push({ variable, problem: `is not set; ${why}` });
  const { eventSource, powerSource, priceEntity, homeAssistantUrl, homeAssistantToken } = settings;
  const asks = eventSource === 'home_assistant' ? 'events' : priceEntity !== undefined && 'prices';
  if (asks !== false && homeAssistantAccess(settings) === null) {
    if (homeAssistantUrl === undefined) missing('HOME_ASSISTANT_URL', `${asks} come from there`);
    if (homeAssistantToken === undefined) missing('HOME_ASSISTANT_TOKEN', `${asks} come from there`);
  }
  const readsInflux = powerSource === 'influxdb' || eventSource?.startsWith('influxdb') === true;
  if (readsInflux && settings.influxUrl === undefined)
    missing('INFLUXDB_URL', 'power or events come from there');
  if (settings.influxQueryLanguage === 'flux' && eventSource === 'influxdb_integration') {
    faults.push({ variable: 'INFLUXDB_QUERY_LANGUAGE', problem: 'influxdb_integration is read by influxql' });
  }
  return faults;
}
