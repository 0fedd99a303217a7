import { MeterReading } from '@smart-meter/meter-adapter';
import { FollowedSources } from '../changes/stream-changes';
import { powerW } from '../entity-state/entity-state';

/** The simplest plan: every entity is a circuit of its own. */
export function circuitsOfEntities(
  entityIds: readonly string[],
  provenance: MeterReading['provenance'] = 'live',
): FollowedSources {
  return {
    entityIds,
    toReading: ({ at, states, changedEntityIds, averagedOverS }) => ({
      meterId: 'test',
      observedAt: at,
      averagedOverS,
      circuits: [...changedEntityIds].map((entityId) => {
        const state = states.get(entityId);
        return { id: entityId, name: entityId, powerW: state ? powerW(state) : null };
      }),
      provenance,
    }),
  };
}
