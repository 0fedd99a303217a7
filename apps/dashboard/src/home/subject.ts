import { CircuitNow } from './picture';

/** What the history is about: the whole home, or one circuit of it. */
export interface Subject {
  /** null for the whole home. */
  circuitId: string | null;
  name: string;
  /** As the API names it. */
  series: string;
  /** The circuits that an answer has to hold for it, ready for an address. */
  circuits: string;
}

export const HOME: Subject = { circuitId: null, name: 'Home', series: 'home', circuits: 'none' };

/** A circuit that is not there any more still has its past; its id is all that is left of its name. */
export function subjectOf(
  circuitId: string | null,
  circuits: readonly CircuitNow[],
  names: ReadonlyMap<string, string>,
): Subject {
  if (circuitId === null) return HOME;
  const name = names.get(circuitId) ?? circuits.find(({ id }) => id === circuitId)?.name ?? circuitId;
  return { circuitId, name, series: `circuit:${circuitId}`, circuits: encodeURIComponent(circuitId) };
}
