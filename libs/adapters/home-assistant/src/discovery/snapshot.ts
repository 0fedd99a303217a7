import { EntityState } from '../entity-state/entity-state';

/** What Home Assistant says about itself, as it came; only the states are always there. */
export interface HomeSnapshot {
  states: Iterable<SnapshotState>;
  /** `config/entity_registry/list` */
  entityRegistry?: unknown;
  /** `config/device_registry/list` */
  deviceRegistry?: unknown;
  /** `config/area_registry/list` */
  areaRegistry?: unknown;
  /** `energy/get_prefs`; absent where the owner has set up no energy dashboard. */
  energyPrefs?: unknown;
}

export type SnapshotState = Pick<EntityState, 'entityId' | 'state' | 'attributes'>;

/** What the user has said; wins over every discovery. */
export interface SourceOverrides {
  /** The whole home's power sensor. */
  powerEntity?: string;
  /** The whole home's energy counter, daily or lifetime. */
  energyEntity?: string;
  /** If any: the circuits are exactly the power sensors that match one. `*` and `?` stand for any text and any character. */
  circuitInclude?: readonly string[];
  /** What matches is no circuit, included or not. */
  circuitExclude?: readonly string[];
}
