/** A small living household: each circuit's power as a pure function of the seed and the instant. */

export interface CircuitModel {
  id: string;
  name: string;
  /** W at an instant of local time. */
  powerW(at: LocalInstant): number;
}

/** What the models depend on. */
export interface LocalInstant {
  /** Seconds since some fixed local midnight. */
  seconds: number;
  /** Hours since local midnight, 0 to 24. */
  hourOfDay: number;
}

/** An appliance that runs now and then: in each slot it may start once and then runs for a while. */
interface ApplianceModel {
  powerW: number;
  slotS: number;
  runS: number;
  /** Chance that it runs in a slot, by hour of the day. */
  chance(hourOfDay: number): number;
}

const morning = (hour: number) => hour >= 6 && hour < 9;
const evening = (hour: number) => hour >= 17 && hour < 23;
const awake = (hour: number) => hour >= 6.5 && hour < 23;
const working = (hour: number) => hour >= 8.5 && hour < 17.5;

interface CircuitPlan {
  id: string;
  name: string;
  standbyW: number;
  appliances: readonly ApplianceModel[];
}

const PLANS: readonly CircuitPlan[] = [
  {
    id: 'hvac',
    name: 'HVAC',
    standbyW: 12,
    appliances: [
      { powerW: 1450, slotS: 1800, runS: 780, chance: (h) => (awake(h) ? 0.75 : 0.4) },
      { powerW: 85, slotS: 900, runS: 600, chance: () => 0.6 },
    ],
  },
  {
    id: 'kitchen',
    name: 'Kitchen',
    standbyW: 9,
    appliances: [
      { powerW: 92, slotS: 2700, runS: 1080, chance: () => 1 },
      { powerW: 2100, slotS: 1200, runS: 170, chance: (h) => (morning(h) ? 0.5 : awake(h) ? 0.12 : 0) },
      { powerW: 1250, slotS: 900, runS: 210, chance: (h) => (morning(h) || evening(h) ? 0.25 : 0.03) },
      { powerW: 1900, slotS: 7200, runS: 2400, chance: (h) => (evening(h) ? 0.55 : 0) },
    ],
  },
  {
    id: 'living_room',
    name: 'Living Room',
    standbyW: 6,
    appliances: [
      { powerW: 118, slotS: 5400, runS: 4900, chance: (h) => (evening(h) ? 0.85 : 0.08) },
      { powerW: 46, slotS: 3600, runS: 3300, chance: (h) => (evening(h) ? 0.95 : 0.05) },
    ],
  },
  {
    id: 'office',
    name: 'Office',
    standbyW: 14,
    appliances: [
      { powerW: 96, slotS: 3600, runS: 3400, chance: (h) => (working(h) ? 0.9 : 0.1) },
      { powerW: 34, slotS: 1800, runS: 1500, chance: (h) => (working(h) ? 0.8 : 0.05) },
    ],
  },
  {
    id: 'bedrooms',
    name: 'Bedrooms',
    standbyW: 4,
    appliances: [
      { powerW: 28, slotS: 1200, runS: 900, chance: (h) => (h > 21 || morning(h) ? 0.7 : 0.05) },
      { powerW: 60, slotS: 3600, runS: 2700, chance: (h) => (h > 21 ? 0.4 : 0.02) },
    ],
  },
  {
    id: 'other',
    name: 'Other',
    standbyW: 22,
    appliances: [
      { powerW: 480, slotS: 10_800, runS: 4200, chance: (h) => (awake(h) ? 0.3 : 0) },
      { powerW: 2300, slotS: 14_400, runS: 1500, chance: (h) => (awake(h) ? 0.35 : 0) },
    ],
  },
];

export function createCircuits(seed: number): CircuitModel[] {
  return PLANS.map((plan, circuitIndex) => ({
    id: plan.id,
    name: plan.name,
    powerW: (at) => {
      const applianceW = plan.appliances.reduce(
        (sumW, appliance, index) =>
          sumW + appliancePowerW(appliance, at, seed + 101 * circuitIndex + 7 * index),
        plan.standbyW,
      );
      const flicker = 0.06 * (unitHash(seed + circuitIndex, Math.floor(at.seconds), 4) - 0.5);
      return Math.round(applianceW * (1 + mainsWander(at.seconds, seed) + flicker) * 10) / 10;
    },
  }));
}

function appliancePowerW(appliance: ApplianceModel, at: LocalInstant, seed: number): number {
  const slot = Math.floor(at.seconds / appliance.slotS);
  if (unitHash(seed, slot, 1) >= appliance.chance(at.hourOfDay)) return 0;
  const startS = unitHash(seed, slot, 2) * (appliance.slotS - appliance.runS);
  const runningS = at.seconds - slot * appliance.slotS - startS;
  if (runningS < 0 || runningS >= appliance.runS) return 0;
  const unevenness = 1 + 0.03 * (unitHash(seed, Math.floor(at.seconds / 5), 3) - 0.5);
  return appliance.powerW * unevenness;
}

/** The mains voltage is never quite still. */
function mainsWander(seconds: number, seed: number): number {
  return 0.006 * Math.sin(seconds / 347 + seed) + 0.003 * Math.sin(seconds / 41);
}

/** A number from 0 to 1 that depends on its inputs alone. */
function unitHash(seed: number, a: number, b: number): number {
  let h =
    Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^
    Math.imul(a + 0x632be5ab, 0xc2b2ae35) ^
    Math.imul(b, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}
