import { MeterReading } from '@smart-meter/meter-adapter';
import { StateChange } from '../changes/state-change';
import { DailyEnergyTracker } from '../daily-energy/daily-energy-tracker';
import { countersToObserve, energyCounters, SourcePlan } from '../discovery/source-plan';
import { EntityState } from '../entity-state/entity-state';
import { changedReading } from './reading';

/**
 * Readings from history, in its order. The day's energy is counted anew on the way; where it cannot be known (before
 * the first midnight of a lifetime counter) the readings do not speak of it.
 * @param now the states of now: history tells only values and units
 */
export function pastReadings(
  plan: SourcePlan,
  now: readonly EntityState[],
  { meterId, timeZone }: { meterId: string; timeZone: string },
): (change: StateChange) => MeterReading | null {
  const tracker = new DailyEnergyTracker({ timeZone });
  const counters = energyCounters(plan);
  const attributesNow = new Map(
    now
      .filter(({ entityId }) => counters.has(entityId))
      .map((state) => [state.entityId, pastAttributes(state)]),
  );
  let isFirst = true;
  return ({ at, states, changedEntityIds, averagedOverS }) => {
    for (const entityId of isFirst ? counters : countersToObserve(plan, changedEntityIds)) {
      const state = states.get(entityId);
      if (!state) continue;
      const attributes = { ...attributesNow.get(entityId), ...state.attributes };
      tracker.observe({ ...state, attributes }, at);
    }
    isFirst = false;
    return changedReading(plan, (entityId) => states.get(entityId), changedEntityIds, {
      meterId,
      observedAt: at,
      averagedOverS,
      provenance: 'backfill',
      dailyKwhOf: (entityId) => tracker.dailyKwh(entityId, at) ?? undefined,
    });
  };
}

/** Past resets are not told: a counter that has them is known to begin anew where its value falls. */
function pastAttributes({ attributes }: EntityState): Record<string, unknown> {
  const { last_reset: lastReset, ...others } = attributes;
  return lastReset === undefined ? others : { ...others, state_class: 'total_increasing' };
}
