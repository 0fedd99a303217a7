import {
  copyFileSync,
  existsSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Clock, isMeterError } from '@smart-meter/meter-adapter';
import { bucketStart } from './buckets';
import { syncDirectory } from './data-directory';
import { Database } from './database';
import { JournalLog } from './log';
import { SalvagedTable, salvageTables } from './salvage';
import { checkSchema, migrate, SchemaExtension } from './schema';
import { isDamage, messageOf } from './storage-errors';

/** What was found damaged, where it was put, and what could be saved of it. */
export interface RecoveryReport {
  at: Date;
  reason: string;
  /** The damaged files, as they are called now. */
  setAside: string[];
  tables: SalvagedTable[];
}

export interface RecoveryOptions {
  extensions: readonly SchemaExtension[];
  clock: Clock;
  log: JournalLog;
}

/** Files up to this size are checked page by page at each start; larger ones when a damage shows. */
const CHECKED_AT_START_BYTES = 16 * 1024 * 1024;
const PAGE_BYTES = 4_096;
const COMPANIONS = ['-wal', '-shm', ''] as const;

/**
 * Opens the file for writing, whatever state it is in. What is damaged, foreign or of a later release is set aside,
 * never deleted, and what can be read of it goes into a new file.
 */
export function openSound(
  path: string,
  options: RecoveryOptions,
): { database: Database; recovery: RecoveryReport | undefined } {
  finishRepair(path, options.clock);
  try {
    return { database: openChecked(path, options), recovery: undefined };
  } catch (error) {
    if (!isDamage(error) && !isForeign(error)) throw error;
    const recovery = repair(path, error, options);
    return { database: openChecked(path, options), recovery };
  }
}

/** Puts a sound file in the place of a damaged one. The damaged one must not be open. */
export function repair(path: string, reason: unknown, options: RecoveryOptions): RecoveryReport {
  const { clock, log } = options;
  log('error', 'the journal is damaged: saving what can be read of it', { path, reason: messageOf(reason) });
  const draftPath = `${path}.repairing`;
  removeDraft(draftPath);
  const draft = new Database(draftPath);
  let tables: SalvagedTable[];
  try {
    migrate(draft, options.extensions);
    draft.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    tables = salvage(path, draft);
    draft.transaction(() => restoreInvariants(draft));
  } finally {
    draft.close();
  }
  renameSync(draftPath, `${path}.repaired`);
  syncDirectory(dirname(path));
  const setAside = finishRepair(path, clock);
  const report = { at: clock.now(), reason: messageOf(reason), setAside, tables };
  log('error', 'the journal was repaired', { ...report });
  return report;
}

function openChecked(path: string, { extensions }: RecoveryOptions): Database {
  const database = new Database(path);
  try {
    checkSchema(database, extensions);
    if (statSync(path).size <= CHECKED_AT_START_BYTES) {
      const [verdict] = database.prepare('PRAGMA quick_check(1)').get<[string]>() ?? ['no answer'];
      if (verdict !== 'ok') throw Object.assign(new Error(verdict), { errcode: 11 });
    }
    migrate(database, extensions);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A sound file of somebody else's, or of a later release of this. */
function isForeign(error: unknown): boolean {
  return isMeterError(error) && (error.code === 'malformed_response' || error.code === 'unsupported');
}

/** A repaired file that waits beside the damaged one takes its place, also when a kill came in between. */
function finishRepair(path: string, clock: Clock): string[] {
  const repairedPath = `${path}.repaired`;
  if (!existsSync(repairedPath)) return [];
  const suffix = `.damaged-${clock.now().toISOString().replace(/[:.]/g, '-')}`;
  const setAside: string[] = [];
  // The log first: beside the repaired file it would be taken for that file's own.
  for (const companion of COMPANIONS) {
    if (!existsSync(path + companion)) continue;
    // The index of the log is made anew by SQLite, and an empty log holds nothing.
    if (companion === '-shm' || (companion === '-wal' && statSync(path + companion).size === 0)) {
      rmSync(path + companion);
      continue;
    }
    const asidePath = unusedName(`${path}${suffix}`, companion);
    renameSync(path + companion, asidePath);
    setAside.push(asidePath);
  }
  renameSync(repairedPath, path);
  syncDirectory(dirname(path));
  return setAside;
}

function unusedName(base: string, companion: string): string {
  for (let i = 0; ; i += 1) {
    const name = `${base}${i === 0 ? '' : `-${i}`}${companion}`;
    if (!existsSync(name)) return name;
  }
}

/** A draft is ours and holds nothing that the damaged file does not. */
function removeDraft(path: string): void {
  for (const companion of COMPANIONS) rmSync(path + companion, { force: true });
}

function salvage(path: string, draft: Database): SalvagedTable[] {
  const asIs = withSource(path, (source) => salvageTables(source, draft));
  if (asIs?.some(({ rows }) => rows > 0)) return asIs;
  // Nothing at all: the first page is gone, and with it the way to all others. It is the same in every journal.
  const copyPath = `${path}.salvage`;
  try {
    copyFileSync(path, copyPath);
    transplantFirstPage(draft.path, copyPath);
    return withSource(copyPath, (source) => salvageTables(source, draft)) ?? asIs ?? [];
  } finally {
    removeDraft(copyPath);
  }
}

function withSource<Result>(path: string, work: (source: DatabaseSync) => Result): Result | undefined {
  let source: DatabaseSync | undefined;
  try {
    source = new DatabaseSync(path, { readOnly: true });
    source.prepare('SELECT count(*) FROM sqlite_schema').get();
  } catch {
    // Nothing can be read this way; the caller has another.
    source?.close();
    return undefined;
  }
  try {
    return work(source);
  } finally {
    source.close();
  }
}

/** Offsets in the header of SQLite's first page. */
const READ_WRITE_VERSION = 18;
const PAGE_COUNT = 28;

function transplantFirstPage(donorPath: string, path: string): void {
  const page = Buffer.alloc(PAGE_BYTES);
  const donor = openSync(donorPath, 'r');
  readSync(donor, page, 0, PAGE_BYTES, 0);
  closeSync(donor);
  // Version 1 is a file without a write-ahead log.
  page.writeUInt16BE(0x0101, READ_WRITE_VERSION);
  page.writeUInt32BE(Math.floor(statSync(path).size / PAGE_BYTES), PAGE_COUNT);
  const patient = openSync(path, 'r+');
  writeSync(patient, page, 0, PAGE_BYTES, 0);
  closeSync(patient);
}

/** What is counted or remembered elsewhere is made to fit the rows that were saved. */
function restoreInvariants(database: Database): void {
  database.exec(`
    UPDATE outbox_totals SET
      -- Ids of entries that were lost may still be under way.
      next_id = max(next_id, (SELECT ifnull(max(id), 0) FROM outbox)) + 1000000,
      entries = (SELECT count(*) FROM outbox),
      lines = (SELECT ifnull(sum(line_count), 0) FROM outbox),
      bytes = (SELECT ifnull(sum(bytes), 0) FROM outbox),
      quarantined_lines = (SELECT count(*) FROM quarantine),
      quarantined_bytes = (SELECT ifnull(sum(bytes), 0) FROM quarantine);
    -- Values whose series was lost stay readable under a name that says so.
    INSERT OR IGNORE INTO series (id, meter_id, quantity, circuit_id, described_at_ms, longest_average_ms)
      SELECT series_id, 'recovered', 'circuitPowerW', 'series ' || series_id, 0, longest_average_ms
      FROM (SELECT series_id, max(averaged_over_ms) AS longest_average_ms FROM sample GROUP BY series_id
            UNION ALL SELECT series_id, 0 FROM rollup GROUP BY series_id);
  `);
  const [firstMs] =
    database.prepare('SELECT min(at_ms - averaged_over_ms) FROM sample').get<[number | null]>() ?? [];
  // All that is left of the raw samples is rolled up once more, and every day summed up anew where that is more.
  if (typeof firstMs === 'number') {
    database
      .prepare("INSERT OR REPLACE INTO meta VALUES ('settledUntilMs', ?)")
      .run(Math.max(0, bucketStart(firstMs)));
  }
  database.exec("INSERT OR REPLACE INTO meta VALUES ('daysToCheck', 1)");
}
