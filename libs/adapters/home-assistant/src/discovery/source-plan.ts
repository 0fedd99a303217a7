import { SourceDescription } from '@smart-meter/meter-adapter';

/** Which entity is read for what: the outcome of discovery, and all that polling, streaming and history need. */
export interface SourcePlan {
  /** The whole home: one sensor, or grid + solar + battery. Empty = nothing says what the home draws. */
  home: readonly PowerTerm[];
  /** + = import. */
  grid: readonly PowerTerm[];
  /** + = production. */
  solar: readonly PowerTerm[];
  /** + = discharge. */
  battery: readonly PowerTerm[];
  /** Energy that the home used since local midnight. */
  dailyEnergy: readonly EnergyTerm[];
  circuits: readonly PlannedCircuit[];
  /** Every source looked at, those passed over with the role `none`, each with its reason. */
  descriptions: readonly SourceDescription[];
  /** What the user should know about the choice, a sentence each. */
  warnings: readonly string[];
}

/** A power sensor that is added to a quantity, or taken from it. Its unit is read from every single state. */
export interface PowerTerm {
  entityId: string;
  sign: 1 | -1;
}

/** An energy counter that is added to the day's energy, or taken from it. */
export interface EnergyTerm {
  entityId: string;
  sign: 1 | -1;
}

export interface PlannedCircuit {
  /** The registry's id, which survives a rename; the entity id where no registry is known. */
  id: string;
  /** Also the circuit's name. */
  entityId: string;
  /** Whether it counts when circuits are added up: it is a part of no other. */
  isTopLevel: boolean;
  parentId?: string;
  /** The energy counter that its owner has paired with it. */
  energyEntityId?: string;
}

/** Every entity that the plan reads, once. */
export function plannedEntityIds(plan: SourcePlan): string[] {
  const terms = [...plan.home, ...plan.grid, ...plan.solar, ...plan.battery, ...plan.dailyEnergy];
  return [
    ...new Set([
      ...terms.map((term) => term.entityId),
      ...plan.circuits.flatMap(({ entityId, energyEntityId }) =>
        energyEntityId === undefined ? [entityId] : [entityId, energyEntityId],
      ),
    ]),
  ];
}

/** Every energy counter that the plan reads. */
export function energyCounters(plan: SourcePlan): Set<string> {
  return new Set([
    ...plan.dailyEnergy.map(({ entityId }) => entityId),
    ...plan.circuits.flatMap(({ energyEntityId }) => energyEntityId ?? []),
  ]);
}

/**
 * The counters to look at when some entities have changed: all of a sum where one of them has, since the others are
 * still in force.
 */
export function countersToObserve(plan: SourcePlan, changedEntityIds: ReadonlySet<string>): Set<string> {
  const isSumChanged = plan.dailyEnergy.some(({ entityId }) => changedEntityIds.has(entityId));
  const ofCircuits = plan.circuits.flatMap(({ energyEntityId }) => energyEntityId ?? []);
  return new Set([
    ...(isSumChanged ? plan.dailyEnergy.map(({ entityId }) => entityId) : []),
    ...ofCircuits.filter((entityId) => changedEntityIds.has(entityId)),
  ]);
}
