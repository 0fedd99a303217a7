import { EventOutcome, HomeEvent } from '@smart-meter/correlation';
import { Journal, Statement } from '@smart-meter/journal';

/** An event that is on disk. */
export interface KeptEvent extends HomeEvent {
  eventId: string;
  /** The order in which events were told. */
  id: number;
}

type EventRow = readonly [
  id: number,
  eventId: string,
  entityId: string,
  atMs: number,
  state: string,
  previousState: string | null,
  attributes: string | null,
];

const COLUMNS = 'id, event_id, entity_id, at_ms, state, previous_state, attributes';
const ROWS_PER_PAGE = 1_000;
const ROWS_PER_PURGE = 5_000;

/** Every event that was told, on disk, once: whatever is told twice is known by its id. */
export class EventInbox {
  readonly #journal: Journal;
  readonly #insert: Statement;
  readonly #waiting: Statement;
  readonly #waitingCount: Statement;
  readonly #first: Statement;
  readonly #find: Statement;
  readonly #settle: Statement;
  readonly #refuse: Statement;
  readonly #settleBetween: Statement;
  readonly #page: Statement;
  readonly #purge: Statement;
  readonly #renameIds: Statement;
  readonly #rename: Statement;

  constructor(journal: Journal) {
    this.#journal = journal;
    this.#insert = journal.prepare(
      `INSERT INTO home_event (event_id, entity_id, at_ms, state, previous_state, attributes)
       VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING`,
    );
    this.#waiting = journal.prepare(
      `SELECT ${COLUMNS} FROM home_event WHERE outcome IS NULL AND at_ms <= ? ORDER BY at_ms, id LIMIT ?`,
    );
    this.#waitingCount = journal.prepare('SELECT count(*) FROM home_event WHERE outcome IS NULL');
    this.#first = journal.prepare('SELECT min(at_ms) FROM home_event');
    this.#find = journal.prepare(`SELECT ${COLUMNS} FROM home_event WHERE event_id = ?`);
    this.#settle = journal.prepare('UPDATE home_event SET outcome = ? WHERE id = ?');
    this.#refuse = journal.prepare(
      "UPDATE home_event SET outcome = 'future' WHERE outcome IS NULL AND at_ms > ?",
    );
    this.#settleBetween = journal.prepare(
      "UPDATE home_event SET outcome = 'backfilled' WHERE outcome IS NULL AND at_ms >= ? AND at_ms < ?",
    );
    this.#page = journal.prepare(
      `SELECT ${COLUMNS} FROM home_event
       WHERE (at_ms, id) > (?, ?) AND at_ms < ? AND coalesce(outcome, '') NOT IN ('malformed', 'future')
       ORDER BY at_ms, id LIMIT ${ROWS_PER_PAGE}`,
    );
    this.#purge = journal.prepare(
      `DELETE FROM home_event WHERE id IN (SELECT id FROM home_event WHERE at_ms < ? AND outcome IS NOT NULL
       ORDER BY at_ms LIMIT ${ROWS_PER_PURGE})`,
    );
    // Ids begin with the name and an @, whose next letter is A.
    this.#renameIds = journal.prepare(
      `UPDATE OR REPLACE home_event SET event_id = ?2 || substr(event_id, length(?1) + 1)
       WHERE event_id >= ?1 || '@' AND event_id < ?1 || 'A'`,
    );
    this.#rename = journal.prepare('UPDATE home_event SET entity_id = ? WHERE entity_id = ?');
  }

  /** Keeps events; returns how many were new. On disk when it returns. */
  add(events: readonly HomeEvent[]): number {
    return this.#journal.transaction(() => events.reduce((count, event) => count + this.#addOne(event), 0));
  }

  /** The oldest events up to an instant that no method has seen. */
  waiting(untilMs: number, limit: number): KeptEvent[] {
    return this.#waiting.all<EventRow>(untilMs, limit).map(keptEvent);
  }

  waitingCount(): number {
    return this.#waitingCount.get<[number]>()?.[0] ?? 0;
  }

  /** When the oldest event that is kept happened; null without any. */
  firstMs(): number | null {
    return this.#first.get<[number | null]>()?.[0] ?? null;
  }

  find(eventId: string): KeptEvent | undefined {
    const row = this.#find.get<EventRow>(eventId);
    return row && keptEvent(row);
  }

  /** Says what became of an event, in the caller's transaction. */
  settle(id: number, outcome: EventOutcome): void {
    this.#settle.run(outcome, id);
  }

  /** Says that a backfill has answered what waits in a period: no run need take it. */
  settleBackfilled(fromMs: number, toMs: number): void {
    this.#settleBetween.run(fromMs, toMs);
  }

  /** Refuses events whose own time is after the instant; returns how many. In the caller's transaction. */
  refuseAfter(instantMs: number): number {
    return this.#refuse.run(instantMs);
  }

  /** Gives an entity another name in all its events, as Home Assistant does in its history. In the caller's transaction. */
  rename(from: string, to: string): void {
    this.#renameIds.run(from, to);
    this.#rename.run(to, from);
  }

  /** Events of a period in order of time, page by page: `fromMs` included, `toMs` excluded. */
  *between(fromMs: number, toMs: number): Generator<KeptEvent, void, undefined> {
    let after: readonly [number, number] = [fromMs, -1];
    for (;;) {
      const page = this.#page.all<EventRow>(...after, toMs).map(keptEvent);
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < ROWS_PER_PAGE) return;
      after = [last.atMs, last.id];
    }
  }

  /** Lets go of answered events before an instant, some at a time; returns how many. */
  purge(beforeMs: number): number {
    return this.#journal.transaction(() => this.#purge.run(beforeMs));
  }

  #addOne({ eventId, entityId, atMs, state, previousState, attributes }: HomeEvent): number {
    return this.#insert.run(
      eventId ?? `${entityId}@${atMs}`,
      entityId,
      Math.round(atMs),
      JSON.stringify(state ?? null),
      previousState === undefined || previousState === null ? null : JSON.stringify(previousState),
      attributes === undefined ? null : JSON.stringify(attributes),
    );
  }
}

function keptEvent([id, eventId, entityId, atMs, state, previousState, attributes]: EventRow): KeptEvent {
  return {
    id,
    eventId,
    entityId,
    atMs,
    state: JSON.parse(state) as unknown,
    ...(previousState === null ? {} : { previousState: JSON.parse(previousState) as unknown }),
    ...(attributes === null ? {} : { attributes: JSON.parse(attributes) as Record<string, unknown> }),
  };
}
