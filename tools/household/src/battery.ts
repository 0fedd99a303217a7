import { LocalDay } from './local-day';
import { quantisePowerW, StepSeries, StepSeriesBuilder } from './step-series';

const DECIDES_EVERY_S = 5;
const ONE_WAY_EFFICIENCY = 0.95;
const WS_PER_KWH = 3_600_000;
/** From Sunday evening the battery is charged full to balance its cells; each week thus starts from a known charge. */
const FULL_CHARGE_WEEKDAY = 7;
const FULL_CHARGE_FROM_HOUR = 19;

export interface BatteryModel {
  readonly capacityKwh: number;
  readonly maxPowerW: number;
}

export interface BatteryDay {
  /** + discharge, − charge. */
  readonly power: StepSeries;
  /** Stored energy at each decision, and at the day's end. */
  readonly chargesWs: Float64Array;
}

export function isFirstDayOfBatteryWeek(day: LocalDay): boolean {
  return day.weekday === 1;
}

/** Self-consumption: stores surplus, covers consumption, decided every few seconds as inverters do. */
export function batteryDay(
  battery: BatteryModel,
  day: LocalDay,
  home: StepSeries,
  solar: StepSeries,
  startChargeWs: number,
): BatteryDay {
  const { lengthS } = home;
  const capacityWs = battery.capacityKwh * WS_PER_KWH;
  const balanceFromS =
    day.weekday === FULL_CHARGE_WEEKDAY
      ? day.at(FULL_CHARGE_FROM_HOUR) - day.startS
      : Number.POSITIVE_INFINITY;
  const builder = new StepSeriesBuilder();
  const chargesWs = new Float64Array(Math.ceil(lengthS / DECIDES_EVERY_S) + 1);
  chargesWs[0] = startChargeWs;
  let chargeWs = startChargeWs;
  for (let atS = 0; atS < lengthS; atS += DECIDES_EVERY_S) {
    const durationS = Math.min(DECIDES_EVERY_S, lengthS - atS);
    const wishedW = atS >= balanceFromS ? -battery.maxPowerW : home.valueAt(atS) - solar.valueAt(atS);
    const mostDischargeW = Math.min(battery.maxPowerW, (chargeWs * ONE_WAY_EFFICIENCY) / durationS);
    const mostChargeW = Math.min(battery.maxPowerW, (capacityWs - chargeWs) / ONE_WAY_EFFICIENCY / durationS);
    const powerW = quantisePowerW(Math.min(mostDischargeW, Math.max(-mostChargeW, wishedW)));
    builder.push(atS, powerW);
    chargeWs = chargeAfter(chargeWs, powerW * durationS, capacityWs);
    chargesWs[Math.ceil((atS + durationS) / DECIDES_EVERY_S)] = chargeWs;
  }
  return { power: builder.build(lengthS), chargesWs };
}

/** Stored energy after `energyWs` left (+) or entered (−) at the terminals. */
function chargeAfter(chargeWs: number, energyWs: number, capacityWs: number): number {
  const storedWs = energyWs > 0 ? energyWs / ONE_WAY_EFFICIENCY : energyWs * ONE_WAY_EFFICIENCY;
  return Math.min(capacityWs, Math.max(0, chargeWs - storedWs));
}

/** State of charge in percent at a moment of the day. */
export function stateOfChargePercent(battery: BatteryModel, day: BatteryDay, offsetS: number): number {
  const decision = Math.floor(offsetS / DECIDES_EVERY_S);
  const before = day.chargesWs[decision] ?? 0;
  const after = day.chargesWs[decision + 1] ?? before;
  const chargeWs = before + (after - before) * (offsetS / DECIDES_EVERY_S - decision);
  return (100 * chargeWs) / (battery.capacityKwh * WS_PER_KWH);
}

/** The charge that every battery week starts from. */
export function fullChargeWs(battery: BatteryModel): number {
  return battery.capacityKwh * WS_PER_KWH;
}
