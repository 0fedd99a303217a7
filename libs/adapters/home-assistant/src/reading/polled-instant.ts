import { EntityState } from '../entity-state/entity-state';

/**
 * The instant that an answer with the states of all entities is true for. They were gathered somewhere between asking
 * and answering: not before the newest of their own changes, and what changes while the answer is on its way is not
 * among them. Stamped with the end of the way, an old value would stand after the change that ended it.
 * By a clock of Home Assistant that is off, the newest change tells nothing, and the instant stays between the two.
 */
export function polledInstant(states: readonly EntityState[], askedAt: Date, answeredAt: Date): Date {
  let newestMs = askedAt.getTime();
  for (const { lastUpdatedAt } of states) {
    if (lastUpdatedAt !== null) newestMs = Math.max(newestMs, lastUpdatedAt.getTime());
  }
  return new Date(Math.min(newestMs, answeredAt.getTime()));
}
