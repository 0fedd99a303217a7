import {
  expectObject,
  finiteOrNull,
  isJsonObject,
  JsonObject,
  MeterError,
  numberOrNull,
} from '@smart-meter/meter-adapter';

/** One `realtime_update`, from REST or from the live feed. */
export interface LiveUpdate {
  /** Sense's own time of the measurement, where the update says. */
  measuredAt: Date | null;
  /** Counts mains cycles: the same count twice is the same measurement. */
  frame: number | null;
  /** What the home consumes, W; solar power used at home is part of it. */
  totalPowerW: number | null;
  /** undefined where the update has none: the home has no solar power. */
  solarPowerW?: number | null;
  gridPowerW?: number | null;
  mains: MainsState;
  /** Only devices that are on; null where the update does not speak of devices. */
  devices: LiveDevice[] | null;
  warnings: string[];
}

/** What the contract of meters has no field for. */
export interface MainsState {
  /** Consumption per leg, W. */
  legPowerW: readonly number[];
  /** Solar production per leg, W. */
  solarLegPowerW: readonly number[];
  /** V per leg. */
  legVoltageV: readonly number[];
  frequencyHz: number | null;
}

export interface LiveDevice {
  id: string;
  /** null where the update does not say. */
  name: string | null;
  tags: JsonObject;
  powerW: number | null;
}

/** The solar system is listed among the devices too, with what it produces: it consumes nothing. */
export const SOLAR_DEVICE_ID = 'solar';

/** Throws `MeterError` `malformed_response` where nothing in it is a measurement. */
export function parseLiveUpdate(value: unknown): LiveUpdate {
  const payload = expectObject(value, 'realtime_update');
  if (!['w', 'solar_w', 'grid_w', 'channels', 'devices'].some((field) => field in payload)) {
    throw new MeterError('malformed_response', 'realtime_update: expected a measurement, got none');
  }
  const totalPowerW = numberOrNull(payload['w']);
  const stats = isJsonObject(payload['_stats']) ? payload['_stats'] : {};
  // By REST there is no epoch, only the time at which the monitor's measurement was received.
  const epochS = numberOrNull(payload['epoch']) ?? numberOrNull(stats['mrcv']);
  const warnings: string[] = [];
  const update: LiveUpdate = {
    measuredAt: epochS === null ? null : instantAt(epochS),
    frame: numberOrNull(payload['frame']),
    totalPowerW,
    mains: {
      legPowerW: numbers(payload['channels']),
      solarLegPowerW: numbers(isJsonObject(payload['aux']) ? payload['aux']['solar'] : undefined),
      legVoltageV: numbers(payload['voltage']),
      frequencyHz: numberOrNull(payload['hz']),
    },
    devices: parseDevices(payload['devices'], totalPowerW, warnings),
    warnings,
  };
  if ('solar_w' in payload) update.solarPowerW = numberOrNull(payload['solar_w']);
  const gridPowerW = gridPower(payload, update);
  if (gridPowerW !== undefined) update.gridPowerW = gridPowerW;
  if (totalPowerW === null) warnings.push('Sense did not say what the home consumes');
  return update;
}

/** null beyond what a date can hold. */
function instantAt(epochS: number): Date | null {
  const at = new Date(epochS * 1000);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** As Sense says, else what consumption and production imply. */
function gridPower(payload: JsonObject, { totalPowerW, solarPowerW }: LiveUpdate): number | null | undefined {
  const reported = numberOrNull(payload['grid_w']);
  if (reported !== null) return reported;
  if (solarPowerW === undefined) return 'grid_w' in payload ? null : undefined;
  return totalPowerW === null || solarPowerW === null ? null : finiteOrNull(totalPowerW - solarPowerW);
}

function parseDevices(value: unknown, totalPowerW: number | null, warnings: string[]): LiveDevice[] | null {
  if (!Array.isArray(value)) {
    warnings.push('Sense did not say what the devices draw');
    return null;
  }
  if (value.length === 0 && totalPowerW !== 0) {
    // What is drawn is drawn by something, at least by "Other": this is not a list of what is on.
    warnings.push('Sense listed no devices although the home consumes');
    return null;
  }
  const devices = new Map<string, LiveDevice>();
  let unusable = 0;
  for (const entry of value) {
    const device = isJsonObject(entry) ? parseDevice(entry) : null;
    if (!device || devices.has(device.id)) unusable += 1;
    else if (device.id !== SOLAR_DEVICE_ID) devices.set(device.id, device);
  }
  if (unusable > 0) warnings.push(`devices of the update that could not be read: ${unusable}`);
  return [...devices.values()];
}

function parseDevice(device: JsonObject): LiveDevice | null {
  const { id, name, tags } = device;
  if (typeof id !== 'string' || id === '') return null;
  return {
    id,
    name: typeof name === 'string' && name.trim() !== '' ? name.trim() : null,
    tags: isJsonObject(tags) ? tags : {},
    powerW: numberOrNull(device['w']),
  };
}

function numbers(value: unknown): number[] {
  if (!Array.isArray(value)) return [];
  return value.filter((entry): entry is number => typeof entry === 'number' && Number.isFinite(entry));
}
