import { objectId } from './power-candidates';
import { PowerCandidate, Survey } from './survey';

/**
 * The power sensor that belongs to an energy counter, for owners who have told Home Assistant of the counter alone:
 * of the same device, and of the same channel where the device has several. undefined where that is not certain.
 */
export function powerSibling(survey: Survey, energyEntityId: string): string | undefined {
  const energyEntry = survey.registry.entry(energyEntityId);
  if (energyEntry?.deviceId === undefined) return siblingByName(survey, energyEntityId);
  const scored = [...survey.powerCandidates.values()]
    .filter(
      ({ entry, setAside, vendor }) =>
        entry?.deviceId === energyEntry.deviceId && !setAside && vendor?.role !== 'part',
    )
    .map((candidate) => ({
      entityId: candidate.entityId,
      score: likeness(candidate, energyEntry.uniqueId, energyEntityId),
    }))
    .sort((a, b) => b.score - a.score);
  const [best, second] = scored;
  return best && best.score !== second?.score ? best.entityId : undefined;
}

function siblingByName(survey: Survey, energyEntityId: string): string | undefined {
  const named = energyEntityId.replace(/_energy(_(total|today|daily|consumed|import))?$/, '_power');
  return named !== energyEntityId && survey.powerCandidates.has(named) ? named : undefined;
}

/** Unique ids know no language and no rename, so they weigh more. */
function likeness(candidate: PowerCandidate, energyUniqueId: string, energyEntityId: string): number {
  return (
    commonEnds(candidate.entry?.uniqueId ?? '', energyUniqueId) * 1000 +
    commonEnds(objectId(candidate.entityId), objectId(energyEntityId))
  );
}

/** How many characters two ids share at both ends together. */
function commonEnds(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let start = 0;
  while (start < length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return start + end;
}
