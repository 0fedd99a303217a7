import { DatabaseSync } from 'node:sqlite';

/** A row of the recorder. */
export interface RecordedState {
  entityId: string;
  /** null: the entity was removed. */
  state: string | null;
  /** Seconds since 1970, as it is stored. */
  lastUpdatedS: number;
}

const QUERY = `
  SELECT states_meta.entity_id AS entityId, states.state AS state, states.last_updated_ts AS lastUpdatedS
  FROM states JOIN states_meta USING (metadata_id)
  ORDER BY states.last_updated_ts, states.state_id`;

/** @param path of `home-assistant_v2.db`; may be in use */
export function readRecordedStates(path: string): RecordedState[] {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
  try {
    return database.prepare(QUERY).all() as unknown as RecordedState[];
  } finally {
    database.close();
  }
}
