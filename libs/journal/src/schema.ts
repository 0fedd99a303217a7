import { MeterError } from '@smart-meter/meter-adapter';
import { Database } from './database';

/** In the file's header: tells a journal from any other SQLite file. */
export const APPLICATION_ID = 0x534d4a31;

/** Tables of one owner, changed step by step. A step that has been released is never edited. */
export interface SchemaExtension {
  /** Stable name of the owner: `energy-correlator`. */
  name: string;
  /** SQL of each version; the first one creates the tables. */
  migrations: readonly string[];
}

const JOURNAL_SCHEMA: SchemaExtension = {
  name: 'journal',
  migrations: [
    `
    CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE series (
      id INTEGER PRIMARY KEY,
      meter_id TEXT NOT NULL,
      quantity TEXT NOT NULL,
      circuit_id TEXT NOT NULL,
      name TEXT,
      parent_id TEXT,
      described_at_ms INTEGER NOT NULL,
      longest_average_ms INTEGER NOT NULL DEFAULT 0,
      UNIQUE (meter_id, quantity, circuit_id)
    ) STRICT;
    CREATE TABLE sample (
      series_id INTEGER NOT NULL,
      at_ms INTEGER NOT NULL,
      averaged_over_ms INTEGER NOT NULL,
      value REAL,
      provenance INTEGER NOT NULL,
      PRIMARY KEY (series_id, at_ms, averaged_over_ms)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE rollup (
      series_id INTEGER NOT NULL,
      resolution INTEGER NOT NULL,
      start_ms INTEGER NOT NULL,
      sample_count INTEGER NOT NULL,
      covered_ms INTEGER NOT NULL,
      mean REAL NOT NULL,
      min REAL NOT NULL,
      max REAL NOT NULL,
      negative_mean REAL NOT NULL,
      last_value REAL,
      last_offset_ms INTEGER,
      PRIMARY KEY (series_id, resolution, start_ms)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE dirty_bucket (
      series_id INTEGER NOT NULL,
      start_ms INTEGER NOT NULL,
      PRIMARY KEY (series_id, start_ms)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE dirty_day (
      series_id INTEGER NOT NULL,
      start_ms INTEGER NOT NULL,
      PRIMARY KEY (series_id, start_ms)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE outbox (
      id INTEGER PRIMARY KEY,
      enqueued_at_ms INTEGER NOT NULL,
      line_count INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      line_protocol TEXT NOT NULL
    ) STRICT;
    CREATE TABLE quarantine (
      id INTEGER PRIMARY KEY,
      quarantined_at_ms INTEGER NOT NULL,
      enqueued_at_ms INTEGER NOT NULL,
      status INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      reason TEXT NOT NULL,
      line TEXT NOT NULL
    ) STRICT;
    CREATE TABLE outbox_totals (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      next_id INTEGER NOT NULL,
      entries INTEGER NOT NULL,
      lines INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      quarantined_lines INTEGER NOT NULL,
      quarantined_bytes INTEGER NOT NULL,
      dropped_lines INTEGER NOT NULL,
      dropped_bytes INTEGER NOT NULL
    ) STRICT;
    INSERT INTO outbox_totals VALUES (1, 1, 0, 0, 0, 0, 0, 0, 0);
    CREATE TABLE gap (
      id INTEGER PRIMARY KEY,
      meter_id TEXT NOT NULL,
      from_ms INTEGER NOT NULL,
      to_ms INTEGER NOT NULL,
      state TEXT NOT NULL,
      reason TEXT NOT NULL,
      filled_until_ms INTEGER,
      detail TEXT,
      created_at_ms INTEGER NOT NULL,
      updated_at_ms INTEGER NOT NULL,
      UNIQUE (meter_id, from_ms)
    ) STRICT;
    `,
  ],
};

/** The file is sound but was written by a later release. */
export class NewerSchemaError extends MeterError {
  constructor(path: string, owner: string, found: number, known: number) {
    super(
      'unsupported',
      `the journal ${path} was written by a newer release: ${owner} schema ${found}, this release knows up to ${known}`,
    );
  }
}

/** Brings the file to the schema of this release; each migration is one transaction. */
export function migrate(database: Database, extensions: readonly SchemaExtension[]): void {
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  database.exec(
    'CREATE TABLE IF NOT EXISTS schema_version (owner TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID',
  );
  const record = database.prepare('INSERT OR REPLACE INTO schema_version VALUES (?, ?)');
  for (const { name, migrations } of schemaOwners(extensions)) {
    const from = versionOf(database, name);
    for (let version = from + 1; version <= migrations.length; version += 1) {
      database.transaction(() => {
        database.exec(migrations[version - 1] ?? '');
        record.run(name, version);
      });
    }
  }
}

/** Throws where the file is not a journal that this release can use. */
export function checkSchema(database: Database, extensions: readonly SchemaExtension[]): void {
  const [applicationId] = database.prepare('PRAGMA application_id').get<[number]>() ?? [0];
  const [tables] = database.prepare('SELECT count(*) FROM sqlite_schema').get<[number]>() ?? [0];
  if (tables === 0 && applicationId === 0) return;
  if (applicationId !== APPLICATION_ID) {
    throw new MeterError('malformed_response', `${database.path} is a database of another application`);
  }
  for (const { name, migrations } of schemaOwners(extensions)) {
    const version = versionOf(database, name);
    if (version > migrations.length) {
      throw new NewerSchemaError(database.path, name, version, migrations.length);
    }
  }
}

function schemaOwners(extensions: readonly SchemaExtension[]): SchemaExtension[] {
  return [JOURNAL_SCHEMA, ...extensions];
}

function versionOf(database: Database, owner: string): number {
  const exists = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'").get();
  if (exists === undefined) return 0;
  const row = database.prepare('SELECT version FROM schema_version WHERE owner = ?').get<[number]>(owner);
  return row?.[0] ?? 0;
}
