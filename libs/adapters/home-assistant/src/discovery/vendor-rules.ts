import { RegistryEntry } from './registry';

/** What a meter's integration says a sensor is; `part` = contained in another of its sensors. */
export type VendorRole = 'home' | 'grid' | 'solar' | 'battery' | 'daily_energy' | 'circuit' | 'part';

interface VendorRule {
  role: VendorRole;
  /** Tested against the registry's translation key and unique id, which no user and no language changes. */
  key: RegExp;
  /** The English default of the object id, where no registry is known. */
  objectId?: RegExp;
  sign?: 1 | -1;
  /** Only where the integration offers nothing better for the role. */
  isFallback?: true;
  /** Tested against the device's model, where the registry is known. */
  model?: RegExp;
  /** How many sensors of one device make the whole: fewer say nothing. */
  partsPerDevice?: number;
  what: string;
}

interface Vendor {
  platform: string;
  name: string;
  rules: readonly VendorRule[];
  /** Every power sensor without a rule belongs to the generation or the grid connection, and to no consumer. */
  hasNoConsumers?: true;
  /** The device may sit on any circuit: it is the mains only where nothing else says what the home draws. */
  isGeneralPurpose?: true;
}

/** Energy meters that know what they measure, those that read the grid connection itself first, clouds last. */
const VENDORS: readonly Vendor[] = [
  {
    platform: 'dsmr',
    name: 'DSMR',
    hasNoConsumers: true,
    rules: [
      {
        role: 'grid',
        key: /^current_electricity_usage$/,
        objectId: /^electricity_meter_power_consumption$/,
        what: 'import',
      },
      {
        role: 'grid',
        sign: -1,
        key: /^current_electricity_delivery$/,
        objectId: /^electricity_meter_power_production$/,
        what: 'export, taken off',
      },
      {
        role: 'part',
        key: /^instantaneous_active_power_l[123]_(positive|negative)$/,
        objectId: /^electricity_meter_power_(consumption|production)_phase_l[123]$/,
        what: 'one phase',
      },
    ],
  },
  {
    platform: 'dsmr_reader',
    name: 'DSMR-reader',
    hasNoConsumers: true,
    rules: [
      {
        role: 'grid',
        key: /electricity_currently_delivered$/,
        objectId: /^dsmr_reading_electricity_currently_delivered$/,
        what: 'import',
      },
      {
        role: 'grid',
        sign: -1,
        key: /electricity_currently_returned$/,
        objectId: /^dsmr_reading_electricity_currently_returned$/,
        what: 'export, taken off',
      },
      {
        role: 'part',
        key: /phase_currently_(delivered|returned)_l[123]$/,
        objectId: /^dsmr_reading_phase_currently_(delivered|returned)_l[123]$/,
        what: 'one phase',
      },
    ],
  },
  {
    platform: 'homewizard',
    name: 'HomeWizard',
    rules: [
      {
        role: 'grid',
        key: /^HWE-P1_\w+_active_power_w$/,
        objectId: /^p1_meter(_[0-9a-f]{6,12})?_(active_)?power$/,
        what: 'net import',
      },
      {
        role: 'part',
        key: /^HWE-P1_\w+_active_power_l[123]_w$/,
        objectId: /^p1_meter(_[0-9a-f]{6,12})?_(active_)?power_(phase_|l)[123]$/,
        what: 'one phase',
      },
      {
        role: 'part',
        key: /^HWE-P1_/,
        objectId: /^p1_meter(_[0-9a-f]{6,12})?_(average_demand|peak_demand_current_month)$/,
        what: 'no consumer',
      },
      {
        role: 'battery',
        sign: -1,
        key: /^HWE-BAT_\w+_active_power_w$/,
        what: 'net charge, turned into discharge',
      },
    ],
  },
  {
    platform: 'powerwall',
    name: 'Tesla Powerwall',
    hasNoConsumers: true,
    rules: [
      { role: 'home', key: /load_instant_power$/, objectId: /^powerwall_load_power$/, what: 'the load' },
      { role: 'grid', key: /site_instant_power$/, objectId: /^powerwall_site_power$/, what: 'net import' },
      { role: 'solar', key: /solar_instant_power$/, objectId: /^powerwall_solar_power$/, what: 'production' },
      {
        role: 'battery',
        key: /battery_instant_power$/,
        objectId: /^powerwall_battery_power$/,
        what: 'net discharge',
      },
    ],
  },
  {
    platform: 'fronius',
    name: 'Fronius',
    hasNoConsumers: true,
    rules: [
      {
        role: 'home',
        sign: -1,
        key: /(^|-)power_load$/,
        objectId: /^solarnet_power_load$/,
        what: 'the load, negative where it consumes',
      },
      { role: 'grid', key: /(^|-)power_grid$/, objectId: /^solarnet_power_grid$/, what: 'net import' },
      {
        role: 'solar',
        key: /(^|-)power_photovoltaics$/,
        objectId: /^solarnet_power_photovoltaics$/,
        what: 'production',
      },
      {
        role: 'battery',
        key: /(^|-)power_battery$/,
        objectId: /^solarnet_power_battery$/,
        what: 'net discharge',
      },
      {
        role: 'part',
        key: /(^|-)power_(grid_(im|ex)port|load_(consumed|generated)|battery_(dis)?charge)$/,
        objectId: /^solarnet_power_(grid_(im|ex)port|load_(consumed|generated)|battery_(dis)?charge)$/,
        what: 'one direction of a signed sensor',
      },
      {
        role: 'circuit',
        key: /(^|-)power_real_ac$/,
        objectId: /^ohmpilot_power$/,
        what: 'the Ohmpilot, a consumer',
      },
    ],
  },
  {
    platform: 'enphase_envoy',
    name: 'Enphase Envoy',
    hasNoConsumers: true,
    rules: [
      {
        role: 'home',
        key: /^current_power_consumption$/,
        objectId: /^envoy_\w+_current_power_consumption$/,
        what: 'the load',
      },
      {
        role: 'grid',
        key: /^net_consumption$/,
        objectId: /^envoy_\w+_current_net_power_consumption$/,
        what: 'net import',
      },
      {
        role: 'solar',
        key: /^current_power_production$/,
        objectId: /^envoy_\w+_current_power_production$/,
        what: 'production',
      },
      {
        role: 'battery',
        key: /^battery_discharge$/,
        objectId: /^envoy_\w+_current_battery_discharge$/,
        what: 'net discharge',
      },
      {
        role: 'part',
        key: /_phase$/,
        objectId: /^(envoy_\w+_.*_l[123]|inverter_\d{6,})$/,
        what: 'one phase or one inverter',
      },
    ],
  },
  {
    platform: 'evcc_intg',
    name: 'evcc',
    rules: [
      { role: 'home', key: /(^|_)home_?power$/, objectId: /^evcc_home_power$/, what: 'the load' },
      { role: 'grid', key: /(^|_)grid_?power$/, objectId: /^evcc_grid_power$/, what: 'net import' },
      { role: 'solar', key: /(^|_)pv_?power$/, objectId: /^evcc_pv_power$/, what: 'production' },
      {
        role: 'battery',
        key: /(^|_)battery_?power$/,
        objectId: /^evcc_battery_power$/,
        what: 'net discharge',
      },
      {
        role: 'part',
        key: /(^|_)(pv|battery|grid)_?\d+_?power$/,
        objectId: /^evcc_(pv|battery)_\d+_power$/,
        what: 'one inverter or battery of several',
      },
    ],
  },
  {
    platform: 'shelly',
    name: 'Shelly three-phase meter',
    isGeneralPurpose: true,
    rules: [
      {
        role: 'grid',
        key: /-emeter_[012]-power$/,
        model: /SHEM-3|Shelly 3EM/,
        objectId: /^shellyem3_[0-9a-f]+_channel_[abc]_power$/,
        partsPerDevice: 3,
        what: 'one of three phases, added up',
      },
      {
        role: 'grid',
        key: /-em:\d+-total_act_power$/,
        objectId: /^shelly(pro)?3em\w*_total_active_power$/,
        what: 'net import over all phases',
      },
      {
        role: 'part',
        key: /-em:\d+-[abc]_act_power$/,
        objectId: /^shelly(pro)?3em\w*_phase_[abc]_active_power$/,
        what: 'one phase',
      },
    ],
  },
  {
    platform: 'emporia_vue',
    name: 'Emporia Vue',
    rules: [
      { role: 'grid', key: /instant\.\d+-1,2,3$/, what: 'the mains' },
      {
        role: 'part',
        key: /instant\.\d+-(Balance|TotalUsage|Mains(From|To)Grid)$/,
        objectId: /^(\w+_)?balance_power_minute_average$/,
        what: 'computed by Emporia from the others',
      },
    ],
  },
  {
    platform: 'sense',
    name: 'Sense',
    rules: [
      { role: 'home', key: /-active-usage$/, objectId: /^(energy|sense_\d+)_usage$/, what: 'the load' },
      {
        role: 'solar',
        key: /-active-production$/,
        objectId: /^(energy|sense_\d+)_production$/,
        what: 'production',
      },
      {
        role: 'daily_energy',
        key: /-daily-usage$/,
        objectId: /^(sense_\d+_)?daily_usage$/,
        what: 'energy used today',
      },
    ],
  },
  {
    platform: 'solaredge',
    name: 'SolarEdge',
    hasNoConsumers: true,
    rules: [
      {
        role: 'home',
        key: /(^|\d_)power_consumption$/,
        objectId: /^solaredge_power_consumption$/,
        what: 'the load',
      },
      { role: 'grid', key: /(^|\d_)grid_power$/, objectId: /^solaredge_grid_power$/, what: 'net import' },
      { role: 'solar', key: /(^|\d_)solar_power$/, objectId: /^solaredge_solar_power$/, what: 'production' },
      {
        role: 'battery',
        key: /(^|\d_)storage_power$/,
        objectId: /^solaredge_storage_power$/,
        what: 'net discharge',
      },
      {
        role: 'solar',
        key: /(^|\d_)current_power$/,
        objectId: /^solaredge_current_power$/,
        isFallback: true,
        what: 'production',
      },
    ],
  },
];

export interface VendorMatch {
  role: VendorRole;
  sign: 1 | -1;
  platform: string;
  vendor: string;
  what: string;
  /** Place in the order of trust; smaller wins. */
  rank: number;
  isFallback: boolean;
  isGeneralPurpose: boolean;
  partsPerDevice: number | undefined;
}

/** What a sensor's integration says it is; undefined where no integration with a rule is known. */
export function vendorMatch(
  objectId: string,
  entry: RegistryEntry | undefined,
  isKnown: (objectId: string) => boolean,
): VendorMatch | undefined {
  for (const [rank, vendor] of VENDORS.entries()) {
    if (entry && entry.platform !== vendor.platform) continue;
    const rule =
      vendor.rules.find(({ key, model, objectId: byDefault }) =>
        entry
          ? (key.test(entry.translationKey) || key.test(entry.uniqueId)) && (model?.test(entry.model) ?? true)
          : byDefault?.test(powerwallName(objectId, isKnown)),
      ) ?? (entry && vendor.hasNoConsumers ? NOT_A_CONSUMER : undefined);
    if (!rule) continue;
    return {
      role: rule.role,
      sign: rule.sign ?? 1,
      platform: vendor.platform,
      vendor: vendor.name,
      what: rule.what,
      rank,
      isFallback: rule.isFallback ?? false,
      isGeneralPurpose: vendor.isGeneralPurpose ?? false,
      partsPerDevice: rule.partsPerDevice,
    };
  }
  return undefined;
}

const NOT_A_CONSUMER: VendorRule = {
  role: 'part',
  key: /^/,
  what: 'a part of the installation, no consumer',
};

/** A Powerwall's sensors carry the name that its owner gave the site; the four together give it away. */
function powerwallName(objectId: string, isKnown: (objectId: string) => boolean): string {
  const [, site, meter] = /^(.+)_(site|load|solar|battery)_power$/.exec(objectId) ?? [];
  const isPowerwall = meter && isKnown(`${site}_site_power`) && isKnown(`${site}_load_power`);
  return isPowerwall ? `powerwall_${meter}_power` : objectId;
}
