import { Clock } from '@smart-meter/meter-adapter';
import { Database, Row, Statement } from './database';

export const GAP_STATES = ['open', 'partial', 'filled', 'unfillable'] as const;
/** `open`: nothing tried yet; `partial`: filled up to `filledUntil`; the other two are final. */
export type GapState = (typeof GAP_STATES)[number];

/** A stretch without readings: `from` excluded, `to` included. */
export interface Gap {
  id: number;
  meterId: string;
  from: Date;
  to: Date;
  state: GapState;
  /** One sentence: why the readings are missing. */
  reason: string;
  /** How far the filling has come; null = not started. */
  filledUntil: Date | null;
  /** What the filling found out, for people. */
  detail: string | null;
  createdAt: Date;
  updatedAt: Date;
}

export type GapUpdate = Partial<Pick<Gap, 'to' | 'state' | 'reason' | 'filledUntil' | 'detail'>>;

type GapRow = readonly [
  number,
  string,
  number,
  number,
  GapState,
  string,
  number | null,
  string | null,
  number,
  number,
];

const COLUMNS =
  'id, meter_id, from_ms, to_ms, state, reason, filled_until_ms, detail, created_at_ms, updated_at_ms';

/** What is known to be missing, so that an interrupted filling goes on after a restart. */
export class GapStore {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #byId: Statement;
  readonly #inRange: Statement;
  readonly #unfinished: Statement;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#insert = database.prepare(
      `INSERT INTO gap (meter_id, from_ms, to_ms, state, reason, created_at_ms, updated_at_ms)
       VALUES (?, ?, ?, 'open', ?, ?, ?)
       ON CONFLICT (meter_id, from_ms) DO UPDATE SET
         to_ms = max(to_ms, excluded.to_ms),
         state = CASE
           WHEN excluded.to_ms <= to_ms THEN state
           WHEN filled_until_ms IS NULL AND state = 'open' THEN 'open'
           ELSE 'partial' END,
         filled_until_ms = CASE
           WHEN excluded.to_ms > to_ms AND state IN ('filled', 'unfillable') THEN to_ms
           ELSE filled_until_ms END,
         updated_at_ms = excluded.updated_at_ms
       RETURNING ${COLUMNS}`,
    );
    this.#update = database.prepare(
      `UPDATE gap SET to_ms = ?, state = ?, reason = ?, filled_until_ms = ?, detail = ?, updated_at_ms = ?
       WHERE id = ? RETURNING ${COLUMNS}`,
    );
    this.#byId = database.prepare(`SELECT ${COLUMNS} FROM gap WHERE id = ?`);
    this.#inRange = database.prepare(
      `SELECT ${COLUMNS} FROM gap WHERE (?1 IS NULL OR meter_id = ?1) AND from_ms < ?2 AND to_ms > ?3
       ORDER BY from_ms, id`,
    );
    this.#unfinished = database.prepare(
      `SELECT ${COLUMNS} FROM gap WHERE (?1 IS NULL OR meter_id = ?1) AND state IN ('open', 'partial')
       ORDER BY from_ms DESC, id`,
    );
  }

  /**
   * Notes a gap. The same `from` again only ever makes it longer, and then what is new of it is open.
   * @returns the gap as it stands
   */
  open(gap: { meterId: string; from: Date; to: Date; reason: string }): Gap {
    const nowMs = this.#clock.now().getTime();
    const row = this.#database.transaction(() =>
      this.#insert.get<GapRow>(gap.meterId, gap.from.getTime(), gap.to.getTime(), gap.reason, nowMs, nowMs),
    );
    return toGap(expectRow(row));
  }

  /** Changes what is given. Throws `RangeError` where there is no such gap. */
  update(id: number, change: GapUpdate): Gap {
    const nowMs = this.#clock.now().getTime();
    return this.#database.transaction(() => {
      const gap = { ...toGap(expectRow(this.#byId.get<GapRow>(id))), ...change };
      const row = this.#update.get<GapRow>(
        gap.to.getTime(),
        gap.state,
        gap.reason,
        gap.filledUntil?.getTime() ?? null,
        gap.detail,
        nowMs,
        id,
      );
      return toGap(expectRow(row));
    });
  }

  /** Gaps that overlap the range, oldest first. */
  list({ meterId, from, to }: { meterId?: string; from?: Date; to?: Date } = {}): Gap[] {
    const fromMs = from?.getTime() ?? Number.MIN_SAFE_INTEGER;
    const toMs = to?.getTime() ?? Number.MAX_SAFE_INTEGER;
    return this.#database.guard(() => this.#inRange.all<GapRow>(meterId ?? null, toMs, fromMs)).map(toGap);
  }

  /** What is still to be filled, newest first; go on after `filledUntil ?? from`. */
  unfinished(meterId?: string): Gap[] {
    return this.#database.guard(() => this.#unfinished.all<GapRow>(meterId ?? null)).map(toGap);
  }
}

function expectRow<Result extends Row>(row: Result | undefined): Result {
  if (row === undefined) throw new RangeError('there is no such gap');
  return row;
}

function toGap(row: GapRow): Gap {
  const [id, meterId, fromMs, toMs, state, reason, filledUntilMs, detail, createdAtMs, updatedAtMs] = row;
  return {
    id,
    meterId,
    from: new Date(fromMs),
    to: new Date(toMs),
    state,
    reason,
    filledUntil: filledUntilMs === null ? null : new Date(filledUntilMs),
    detail,
    createdAt: new Date(createdAtMs),
    updatedAt: new Date(updatedAtMs),
  };
}
