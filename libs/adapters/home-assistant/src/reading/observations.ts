import { isEnergyUnit, isPowerUnit, StaleSource } from '@smart-meter/meter-adapter';
import { energyCounters, plannedEntityIds, SourcePlan } from '../discovery/source-plan';
import { EntityState, numericState, unitOf } from '../entity-state/entity-state';

/** A sentence for every planned sensor that gives no value now. */
export function sensorWarnings(plan: SourcePlan, states: ReadonlyMap<string, EntityState>): string[] {
  const terms = [...plan.home, ...plan.grid, ...plan.solar, ...plan.battery, ...plan.circuits];
  const entityIds = new Set(terms.map(({ entityId }) => entityId));
  return [
    ...[...entityIds].flatMap((entityId) => warningOf(entityId, states.get(entityId), POWER) ?? []),
    ...[...energyCounters(plan)].flatMap(
      (entityId) => warningOf(entityId, states.get(entityId), ENERGY) ?? [],
    ),
  ];
}

/** Planned sensors that Home Assistant has not been told of for longer than `staleAfterS`. */
export function staleSources(
  plan: SourcePlan,
  states: ReadonlyMap<string, EntityState>,
  at: Date,
  staleAfterS: number,
): StaleSource[] {
  return plannedEntityIds(plan).flatMap((sourceId) => {
    const state = states.get(sourceId);
    const lastReportedAt = state?.lastReportedAt ?? state?.lastUpdatedAt;
    return lastReportedAt && at.getTime() - lastReportedAt.getTime() > staleAfterS * 1000
      ? [{ sourceId, lastReportedAt }]
      : [];
  });
}

const SPECIAL_STATES: Readonly<Record<string, string>> = {
  unknown: 'is unknown',
  unavailable: 'is unavailable',
  '': 'has an empty state',
};

interface Quantity {
  name: string;
  isUnit(unit: string): boolean;
}

const POWER: Quantity = { name: 'active power', isUnit: isPowerUnit };
const ENERGY: Quantity = { name: 'energy', isUnit: isEnergyUnit };

function warningOf(
  entityId: string,
  entity: EntityState | undefined,
  quantity: Quantity,
): string | undefined {
  if (!entity) return `${entityId} does not exist in Home Assistant`;
  const special = SPECIAL_STATES[entity.state];
  if (special) return `${entityId} ${special}`;
  if (numericState(entity.state) === null) {
    return `${entityId} has the state ${JSON.stringify(entity.state.slice(0, 40))}, which is no number`;
  }
  const unit = unitOf(entity);
  if (unit === undefined) return `${entityId} has no unit of measurement: its value cannot be read`;
  const shown = JSON.stringify(unit.slice(0, 40));
  return quantity.isUnit(unit)
    ? undefined
    : `${entityId} has the unit ${shown}, which is not one of ${quantity.name}`;
}
