import { Household, HouseholdEnergy } from '@smart-meter/household';

export interface SimulatedChannel {
  /** `1,2,3`, `1`..`16`, `97`.. */
  readonly num: string;
  readonly name: string | null;
  readonly typeGid: number | null;
  readonly type: 'Main' | 'FiftyAmp' | 'FiftyAmpBidirectional' | 'Merged';
  readonly multiplier?: number;
  /** What the clamp counts, kWh, as Emporia signs it. */
  energyKwh(energy: HouseholdEnergy): number;
}

/**
 * A time without a connection. `uploaded`: short, and handed in afterwards; `spread`: long, its energy is averaged
 * over it afterwards; `lost`: no data ever.
 */
export interface Outage {
  readonly from: Date;
  readonly to: Date;
  readonly afterwards: 'uploaded' | 'spread' | 'lost';
}

export interface SimulatedDevice {
  readonly gid: number;
  readonly serial: string;
  readonly model: string;
  readonly firmware: string;
  readonly name: string;
  readonly timeZone: string;
  readonly solar: boolean;
  readonly parent: { readonly gid: number; readonly channelNum: string } | null;
  readonly channels: readonly SimulatedChannel[];
  readonly household: Household;
  /** No data before. */
  readonly installedAt: Date;
  /** Mutable, so that a test can pull the plug. */
  readonly outages: Outage[];
  /** The flaw of some newer units: their minute chart of the mains is empty. */
  minuteChartOfMainsIsBlank: boolean;
}

const SOLAR = 13;
const BATTERY = 2;
const PLUG = 23;
const OTHER = 18;

export interface PanelOptions {
  readonly household: Household;
  readonly gid?: number;
  readonly name?: string;
  readonly installedAt?: Date;
  /** Share of the home's circuits on this panel, for homes with several; default all. */
  readonly owns?: (circuitId: string) => boolean;
}

/** A panel over a home: its mains see the grid alone, its branches the top-level circuits, solar system and battery. */
export function panel({
  household,
  gid = 120001,
  name = 'House',
  installedAt,
  owns = () => true,
}: PanelOptions): SimulatedDevice {
  const probe = household.powerAt(new Date('2026-01-01T12:00:00Z'));
  const owned = household.circuits.filter((circuit) => circuit.parentId === null && owns(circuit.id));
  const hasSolar = probe.solarPowerW !== null && owns('solar');
  const hasBattery = probe.batteryPowerW !== null && owns('battery');
  const loads = owned.map((circuit, index): SimulatedChannel => ({
    num: String(index + 1),
    name: circuit.name,
    typeGid: OTHER,
    type: 'FiftyAmp',
    energyKwh: ({ circuits }) => circuits.get(circuit.id) ?? 0,
  }));
  const solarKwh = ({ solarKwh: energyKwh }: HouseholdEnergy) => -(energyKwh ?? 0);
  const batteryKwh = ({ batteryChargeKwh, batteryDischargeKwh }: HouseholdEnergy) =>
    (batteryChargeKwh ?? 0) - (batteryDischargeKwh ?? 0);
  const sources: SimulatedChannel[] = [
    ...(hasSolar ? [source(owned.length + 1, 'PV', SOLAR, solarKwh)] : []),
    ...(hasBattery ? [source(owned.length + 2, 'Battery', BATTERY, batteryKwh)] : []),
  ];
  const branches = [...loads, ...sources];
  const mains: SimulatedChannel = {
    num: '1,2,3',
    name: null,
    typeGid: null,
    type: 'Main',
    energyKwh: (energy) => branches.reduce((sum, branch) => sum + branch.energyKwh(energy), 0),
  };
  return {
    gid,
    serial: `A2213A04B4AC67B2${gid}`,
    model: 'VUE002',
    firmware: 'Vue2-1698766325',
    name,
    timeZone: household.timeZone,
    solar: hasSolar,
    parent: null,
    channels: [mains, ...branches],
    household,
    installedAt: installedAt ?? new Date(0),
    outages: [],
    minuteChartOfMainsIsBlank: false,
  };
}

function source(
  num: number,
  name: string,
  typeGid: number,
  energyKwh: SimulatedChannel['energyKwh'],
): SimulatedChannel {
  return { num: String(num), name, typeGid, type: 'FiftyAmpBidirectional', multiplier: 2, energyKwh };
}

/** A plug for one appliance, behind a channel of a panel. */
export function plug(
  behind: SimulatedDevice,
  applianceId: string,
  { gid = behind.gid + 44, channelNum = '1,2,3' }: { gid?: number; channelNum?: string } = {},
): SimulatedDevice {
  const appliance = behind.household.circuits.find(({ id }) => id === applianceId);
  if (!appliance) throw new Error(`the home has no appliance ${applianceId}`);
  const mains: SimulatedChannel = {
    num: '1,2,3',
    name: null,
    typeGid: PLUG,
    type: 'Main',
    energyKwh: ({ circuits }) => circuits.get(applianceId) ?? 0,
  };
  return {
    ...behind,
    gid,
    serial: `B9213A04B4AC67B2${gid}`,
    model: 'SSO001',
    firmware: 'Outlet-1594685591',
    name: `${appliance.name} plug`,
    solar: false,
    parent: { gid: behind.gid, channelNum },
    channels: [mains],
    outages: [],
    minuteChartOfMainsIsBlank: false,
  };
}
