import { EntityState } from '../entity-state/entity-state';

/** What is in force from one instant on, live or from history. */
export interface StateChange {
  /** When it changed, by Home Assistant. */
  at: Date;
  /**
   * All followed entities after the change, those that did not change included: sums need them. An entity that is
   * missing is unknown. The map is changed by the next change: take from it what is needed, at once.
   */
  states: ReadonlyMap<string, EntityState>;
  changedEntityIds: ReadonlySet<string>;
  /** 0 = the states are those of that instant; 300 = means of the five minutes that end then. Seconds. */
  averagedOverS: number;
}
