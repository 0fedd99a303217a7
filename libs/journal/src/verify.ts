import { setImmediate } from 'node:timers/promises';
import { Database } from './database';
import { isDamage, messageOf } from './storage-errors';

export interface VerifyProgress {
  /** What is being looked at. */
  step: string;
  done: number;
  total: number;
}

export interface VerifyReport {
  ok: boolean;
  /** A sentence per fault. */
  faults: string[];
}

interface Invariant {
  name: string;
  /** Selects a sentence per fault; one statement, so that it sees one state of a journal in use. */
  sql: string;
}

const INVARIANTS: readonly Invariant[] = [
  {
    name: 'outbox totals',
    sql: `SELECT 'the outbox holds ' || counted || ', its totals say ' || kept FROM (
        SELECT (SELECT count(*) || ' entries, ' || ifnull(sum(line_count), 0) || ' lines, ' || ifnull(sum(bytes), 0) || ' bytes'
                FROM outbox) AS counted,
               (SELECT entries || ' entries, ' || lines || ' lines, ' || bytes || ' bytes' FROM outbox_totals) AS kept)
      WHERE counted IS NOT kept`,
  },
  {
    name: 'quarantine totals',
    sql: `SELECT 'the quarantine holds ' || counted || ', its totals say ' || kept FROM (
        SELECT (SELECT count(*) || ' lines, ' || ifnull(sum(bytes), 0) || ' bytes' FROM quarantine) AS counted,
               (SELECT quarantined_lines || ' lines, ' || quarantined_bytes || ' bytes' FROM outbox_totals) AS kept)
      WHERE counted IS NOT kept`,
  },
  {
    name: 'outbox ids',
    sql: `SELECT 'an outbox entry has id ' || max(id) || ', which is still to be given out' FROM outbox
      HAVING max(id) >= (SELECT next_id FROM outbox_totals)`,
  },
  {
    name: 'samples',
    sql: `SELECT 'series ' || series_id || ': ' || count(*) || ' samples that cannot be' FROM sample
      WHERE provenance NOT BETWEEN 0 AND 3 OR averaged_over_ms < 0 OR at_ms < 0 OR abs(value) > 1e300
      GROUP BY series_id`,
  },
  ...['sample', 'rollup', 'dirty_bucket'].map((table) => ({
    name: `series of ${table}`,
    sql: `SELECT '${table} speaks of series ' || series_id || ', which is unknown' FROM ${table}
      WHERE series_id NOT IN (SELECT id FROM series) GROUP BY series_id`,
  })),
  {
    name: 'roll-up values',
    sql: `SELECT 'series ' || series_id || ': ' || count(*) || ' roll-ups that cannot be' FROM rollup
      WHERE min > max OR covered_ms < 0 OR negative_mean > 0 OR mean < min - 1e-6 * abs(min) - 1e-9
         OR mean > max + 1e-6 * abs(max) + 1e-9
      GROUP BY series_id`,
  },
  {
    name: 'days of hours',
    sql: `SELECT 'series ' || series_id || ': its days cover ' || days || ' ms, their hours ' || hours FROM (
        SELECT series_id, ifnull(sum(covered_ms) FILTER (WHERE resolution = 86400), 0) AS days,
               ifnull(sum(covered_ms) FILTER (WHERE resolution = 3600), 0) AS hours
        FROM rollup GROUP BY series_id)
      WHERE days IS NOT hours AND NOT EXISTS (SELECT 1 FROM dirty_day)`,
  },
];

/**
 * Looks at every page and at what must hold between the tables. Blocks for the time of one step at most;
 * other work can run between them.
 */
export async function verify(
  database: Database,
  onProgress: (progress: VerifyProgress) => void,
): Promise<VerifyReport> {
  const faults: string[] = [];
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .all<[string]>();
  const checks: Invariant[] = [
    ...tables.map(([table]) => ({ name: `pages of ${table}`, sql: `PRAGMA integrity_check('${table}')` })),
    ...INVARIANTS,
  ];
  for (const [done, { name, sql }] of checks.entries()) {
    onProgress({ step: name, done, total: checks.length });
    await setImmediate();
    try {
      for (const [fault] of database.prepare(sql).all<[string]>()) {
        if (fault !== 'ok') faults.push(fault);
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      faults.push(`${name}: ${messageOf(error)}`);
    }
  }
  onProgress({ step: 'done', done: checks.length, total: checks.length });
  return { ok: faults.length === 0, faults };
}
