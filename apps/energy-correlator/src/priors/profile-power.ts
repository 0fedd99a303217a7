import { isJsonObject, JsonObject } from '@smart-meter/meter-adapter';

/** What a device draws by its profile, W. */
export interface ProfilePower {
  /** While it is fully on. */
  onW: number;
  /** How far single devices and settings are from that: a standard deviation. */
  sdW: number;
  /** While it is off; null where the profile does not say. */
  standbyW: number | null;
}

/** Two devices of one model, at the voltages of two homes, differ by about so much. */
const DEVICE_SHARE = 0.15;
const SMALLEST_SD_W = 1;
/** Power in these states is not that of being on. */
const IDLE_STATES = new Set(['off', 'idle', 'standby', 'paused', 'unavailable', 'closed', 'docked']);

/**
 * The domain of the entity that switches a device, by the profile's type. Plugs, dimmers and meters are left out: a
 * profile knows what they draw themselves and not what is behind them.
 */
export const DOMAIN_BY_TYPE: Readonly<Record<string, string>> = {
  air_conditioner: 'climate',
  air_purifier: 'fan',
  cover: 'cover',
  fan: 'fan',
  humidifier: 'humidifier',
  light: 'light',
  set_top_box: 'media_player',
  smart_speaker: 'media_player',
  vacuum_robot: 'vacuum',
  water_heater: 'water_heater',
};
/** What is learned of these is the power at full brightness or speed. */
const SCALED_DOMAINS = new Set(['light', 'fan']);

/**
 * The power that a profile's `fixed` or `linear` strategy gives; null where it gives none, as templates do.
 * Throws an `Error` that names what is malformed.
 */
export function configuredPower(profile: JsonObject, domain: string): ProfilePower | null {
  switch (profile['calculation_strategy']) {
    case 'fixed':
      return ofPowers(profile, fixedPowers(profile));
    case 'linear':
      return ofPowers(profile, linearPowers(profile, domain));
    default:
      return null;
  }
}

/**
 * The power at full brightness from the rows of a look-up table (`bri,...,watt`); colours and temperatures differ.
 * Throws an `Error` where it is no such table.
 */
export function tablePower(profile: JsonObject, csv: string): ProfilePower | null {
  const [header = '', ...rows] = csv.trim().split(/\r?\n/);
  if (!header.startsWith('bri'))
    throw new Error(`expected a column "bri" first, got "${header.slice(0, 40)}"`);
  let fullest = -Infinity;
  let powersW: number[] = [];
  for (const row of rows) {
    const columns = row.split(',').map(Number);
    const [brightness = NaN] = columns;
    const powerW = columns.at(-1) ?? NaN;
    if (!Number.isFinite(brightness) || !Number.isFinite(powerW))
      throw new Error(`"${row.slice(0, 40)}" is no row`);
    if (brightness > fullest) [fullest, powersW] = [brightness, []];
    if (brightness === fullest) powersW.push(powerW);
  }
  return ofPowers(profile, powersW);
}

function fixedPowers({ fixed_config: config }: JsonObject): number[] {
  if (config === undefined) return [];
  if (!isJsonObject(config)) throw new Error('fixed_config: expected an object');
  const { power, states_power: byState } = config;
  if (isJsonObject(byState)) {
    const powers = Object.entries(byState).filter(([state]) => !IDLE_STATES.has(state));
    return powers.map(([, value]) => value).filter((value) => typeof value === 'number');
  }
  return typeof power === 'number' ? [power] : [];
}

function linearPowers({ linear_config: config }: JsonObject, domain: string): number[] {
  if (config === undefined) return [];
  if (!isJsonObject(config)) throw new Error('linear_config: expected an object');
  const { calibrate, min_power: min, max_power: max } = config;
  const points = Array.isArray(calibrate)
    ? calibrate.map(calibrationPoint).sort(([a], [b]) => a - b)
    : [
        ...(typeof min === 'number' ? [[0, min] as const] : []),
        ...(typeof max === 'number' ? [[1, max] as const] : []),
      ];
  const powersW = points.map(([, powerW]) => powerW);
  return SCALED_DOMAINS.has(domain) ? powersW.slice(-1) : powersW;
}

/** `100 -> 24.8`: at this brightness, speed or volume so many W. */
function calibrationPoint(value: unknown): readonly [number, number] {
  const [at = NaN, powerW = NaN] = String(value).split('->').map(Number);
  if (!Number.isFinite(at) || !Number.isFinite(powerW))
    throw new Error(`linear_config.calibrate: expected "level -> watt", got "${String(value).slice(0, 40)}"`);
  return [at, powerW];
}

/** In the middle of the powers that a device has while it is on, as far apart as they are. */
function ofPowers({ standby_power: standby }: JsonObject, powersW: readonly number[]): ProfilePower | null {
  if (powersW.length === 0) return null;
  const [lowestW, highestW] = [Math.min(...powersW), Math.max(...powersW)];
  const onW = (lowestW + highestW) / 2;
  return {
    onW,
    sdW: Math.max(SMALLEST_SD_W, DEVICE_SHARE * onW, (highestW - lowestW) / 2),
    standbyW: typeof standby === 'number' ? standby : null,
  };
}
