import { DAILY_ENERGY_NAMES, WHOLE_HOME_NAMES } from './plan-sources';
import { SourcePlan } from './source-plan';

export function hasNoPowerSensor(plan: SourcePlan): boolean {
  return [plan.home, plan.grid, plan.solar, plan.battery, plan.circuits].every((found) => found.length === 0);
}

/** What the user should know about the choice of sensors, a sentence each. */
export function planWarnings(plan: SourcePlan): string[] {
  if (!hasNoPowerSensor(plan)) return [...plan.warnings];
  return [
    `Home Assistant has no power sensor, so the home is taken as 0 W: looked for ${WHOLE_HOME_NAMES.join(', ')}, ids that start with sensor.power_, the device class power and the units W and kW`,
    ...plan.warnings,
  ];
}

/** The choice in one line. */
export function planSummary(plan: SourcePlan): string {
  const home = plan.home.map(({ entityId }) => entityId).join(' + ') || 'none';
  const energy =
    plan.dailyEnergy.map(({ entityId }) => entityId).join(', ') || `none of ${DAILY_ENERGY_NAMES.join(', ')}`;
  return `whole home: ${home}; daily energy: ${energy}; ${plan.circuits.length} circuits`;
}
