import {
  CircuitReading,
  HOME_QUANTITIES,
  MeterReading,
  Provenance,
  shareOfTotal,
} from '@smart-meter/meter-adapter';
import { PlannedCircuit, PowerTerm, SourcePlan } from '../discovery/source-plan';
import { energyKwh, EntityState, powerW } from '../entity-state/entity-state';

/** What is needed of an entity to read it. */
export type ReadableState = Pick<EntityState, 'state' | 'attributes'>;

/** The states in force at one instant; undefined = no such entity. */
export type StateLookup = (entityId: string) => ReadableState | undefined;

/** kWh since local midnight by an energy entity; null = unknown, undefined = do not speak of it. */
export type DailyKwhOf = (entityId: string) => number | null | undefined;

export interface ReadingContext {
  meterId: string;
  observedAt: Date;
  /** 0 = instantaneous. Seconds. */
  averagedOverS: number;
  provenance: Provenance;
  /** Absent: do not speak of the day's energy. */
  dailyKwhOf?: DailyKwhOf;
}

/** Everything that the plan knows, at one instant. */
export function fullReading(plan: SourcePlan, stateOf: StateLookup, context: ReadingContext): MeterReading {
  return readingWhere(plan, stateOf, context, () => true);
}

/**
 * Only what the changed entities have a part in; null where the plan does not read them.
 * @param stateOf the states after the change, those that did not change included: sums need them
 */
export function changedReading(
  plan: SourcePlan,
  stateOf: StateLookup,
  changedEntityIds: ReadonlySet<string>,
  context: ReadingContext,
): MeterReading | null {
  const reading = readingWhere(plan, stateOf, context, (entityId) => changedEntityIds.has(entityId));
  const speaks = reading.circuits.length > 0 || HOME_QUANTITIES.some((quantity) => quantity in reading);
  return speaks ? reading : null;
}

function readingWhere(
  plan: SourcePlan,
  stateOf: StateLookup,
  context: ReadingContext,
  isWanted: (entityId: string) => boolean,
): MeterReading {
  const { meterId, observedAt, averagedOverS, provenance } = context;
  const dailyKwhOf = context.dailyKwhOf && ofReadable(context.dailyKwhOf, stateOf);
  const totalPowerW = sumPowerW(plan.home, stateOf);
  const reading: MeterReading = {
    meterId,
    observedAt,
    averagedOverS,
    circuits: plan.circuits
      .filter((circuit) => isWanted(circuit.entityId) || isWanted(circuit.energyEntityId ?? ''))
      .map((circuit) => circuitReading(circuit, stateOf, totalPowerW, dailyKwhOf)),
    provenance,
  };
  const speaksOf = (terms: readonly { entityId: string }[]) =>
    terms.some(({ entityId }) => isWanted(entityId));
  if (speaksOf(plan.home)) reading.totalPowerW = totalPowerW;
  if (speaksOf(plan.grid)) reading.gridPowerW = sumPowerW(plan.grid, stateOf);
  if (speaksOf(plan.solar)) reading.solarPowerW = sumPowerW(plan.solar, stateOf);
  if (speaksOf(plan.battery)) reading.batteryPowerW = sumPowerW(plan.battery, stateOf);
  if (dailyKwhOf && speaksOf(plan.dailyEnergy)) {
    const dailyKwh = sum(plan.dailyEnergy, dailyKwhOf);
    if (dailyKwh !== undefined) reading.dailyKwh = dailyKwh;
  }
  return reading;
}

/** A counter that cannot be read now may have counted on: what it has counted today is not known. */
function ofReadable(dailyKwhOf: DailyKwhOf, stateOf: StateLookup): DailyKwhOf {
  return (entityId) => {
    const state = stateOf(entityId);
    return state === undefined || energyKwh(state) === null ? null : dailyKwhOf(entityId);
  };
}

function circuitReading(
  circuit: PlannedCircuit,
  stateOf: StateLookup,
  totalPowerW: number | null,
  dailyKwhOf: DailyKwhOf | undefined,
): CircuitReading {
  const state = stateOf(circuit.entityId);
  const circuitPowerW = state === undefined ? null : powerW(state);
  const reading: CircuitReading = {
    id: circuit.id,
    name: circuit.entityId,
    powerW: circuitPowerW,
    percentage: shareOfTotal(circuitPowerW, totalPowerW),
  };
  if (circuit.parentId !== undefined) reading.parentId = circuit.parentId;
  else if (!circuit.isTopLevel) reading.isCountedElsewhere = true;
  const dailyKwh = circuit.energyEntityId === undefined ? undefined : dailyKwhOf?.(circuit.energyEntityId);
  if (dailyKwh !== undefined) reading.dailyKwh = dailyKwh;
  return reading;
}

/** W; null where there is no term, or any is unknown: a part is not the whole. */
export function sumPowerW(terms: readonly PowerTerm[], stateOf: StateLookup): number | null {
  return (
    sum(terms, (entityId) => {
      const state = stateOf(entityId);
      return state === undefined ? null : powerW(state);
    }) ?? null
  );
}

function sum(
  terms: readonly PowerTerm[],
  valueOf: (entityId: string) => number | null | undefined,
): number | null | undefined {
  let total: number | null = terms.length === 0 ? null : 0;
  for (const { entityId, sign } of terms) {
    const value = valueOf(entityId);
    if (value === undefined) return undefined;
    total = value === null || total === null ? null : total + sign * value;
  }
  return total;
}

/**
 * What the home draws beyond its metered top-level circuits, W; null where any part is unknown.
 * A polled reading can tell it at any time, so it is computed on demand and never stored as a circuit: one
 * circuit that comes late would turn it into a value that was never drawn.
 */
export function untrackedPowerW(
  plan: Pick<SourcePlan, 'circuits'>,
  reading: Pick<MeterReading, 'totalPowerW' | 'circuits'>,
): number | null {
  const topLevelIds = new Set(plan.circuits.filter(({ isTopLevel }) => isTopLevel).map(({ id }) => id));
  return reading.circuits
    .filter(({ id }) => topLevelIds.has(id))
    .reduce<number | null>(
      (rest, { powerW: circuitPowerW }) =>
        rest === null || circuitPowerW === null ? null : rest - circuitPowerW,
      reading.totalPowerW ?? null,
    );
}
