import { SchemaExtension } from '@smart-meter/journal';

/** The correlator's tables, in the journal's file: they change in one transaction with the outbox. */
export const correlatorSchema: SchemaExtension = {
  name: 'energy-correlator',
  migrations: [
    `
    -- Every event that was ever told, once. outcome NULL = not yet handed to the method.
    CREATE TABLE home_event (
      id INTEGER PRIMARY KEY,
      event_id TEXT NOT NULL UNIQUE,
      entity_id TEXT NOT NULL,
      at_ms INTEGER NOT NULL,
      state TEXT NOT NULL,
      previous_state TEXT,
      attributes TEXT,
      outcome TEXT
    ) STRICT;
    CREATE INDEX home_event_waiting ON home_event (at_ms, id) WHERE outcome IS NULL;
    CREATE INDEX home_event_at ON home_event (at_ms, id);
    CREATE TABLE answer (
      id INTEGER PRIMARY KEY,
      event_id TEXT NOT NULL UNIQUE,
      entity_id TEXT NOT NULL,
      domain TEXT NOT NULL,
      state TEXT NOT NULL,
      previous_state TEXT,
      at_ms INTEGER NOT NULL,
      channel TEXT NOT NULL,
      delta_w REAL,
      estimate_w REAL,
      sd_w REAL,
      probability REAL NOT NULL,
      confidence REAL NOT NULL,
      reason TEXT,
      before_w REAL,
      after_w REAL,
      expected_w REAL,
      expected_sd_w REAL,
      horizon_s REAL NOT NULL,
      level_tenths INTEGER,
      co_events TEXT NOT NULL,
      revision INTEGER NOT NULL,
      provisional INTEGER NOT NULL,
      pass TEXT NOT NULL,
      written_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX answer_at ON answer (at_ms, id);
    CREATE INDEX answer_entity ON answer (entity_id, at_ms);
    -- What an answer was before it was revised.
    CREATE TABLE answer_version (
      event_id TEXT NOT NULL,
      revision INTEGER NOT NULL,
      delta_w REAL,
      estimate_w REAL,
      sd_w REAL,
      confidence REAL NOT NULL,
      reason TEXT,
      provisional INTEGER NOT NULL,
      pass TEXT NOT NULL,
      written_at_ms INTEGER NOT NULL,
      PRIMARY KEY (event_id, revision)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE correlator_state (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    `,
    `
    -- The price of a kWh from an instant on, until the next row; NULL = not known from there on.
    CREATE TABLE energy_price (at_ms INTEGER PRIMARY KEY, price REAL, currency TEXT) STRICT;
    `,
    `
    -- The entities of Home Assistant's registry, and the names that they go by.
    CREATE TABLE known_entity (registry_id TEXT PRIMARY KEY, entity_id TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE entity_rename (
      id INTEGER PRIMARY KEY,
      from_id TEXT NOT NULL,
      to_id TEXT NOT NULL,
      is_made INTEGER NOT NULL
    ) STRICT;
    -- The name under which InfluxDB has the answer, where that is a former one: another tag would be another point.
    ALTER TABLE answer ADD COLUMN delivered_as TEXT;
    `,
    `
    -- What the device of an entity is; NULL = not known.
    ALTER TABLE known_entity ADD COLUMN manufacturer TEXT;
    ALTER TABLE known_entity ADD COLUMN model TEXT;
    ALTER TABLE known_entity ADD COLUMN model_id TEXT;
    `,
  ],
};
