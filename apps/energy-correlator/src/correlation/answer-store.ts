import { CoEvent, ReasonCode } from '@smart-meter/correlation';
import { encodeEventEnergyCorrelation } from '@smart-meter/influx-writer';
import { Journal, SqlValue, Statement } from '@smart-meter/journal';
import { Clock } from '@smart-meter/meter-adapter';
import { Answer, deltaPercent, NewAnswer, Pass, saysTheSame } from './answer';

export interface AnswerStoreOptions {
  journal: Journal;
  clock: Clock;
  /** Whether answers are delivered to InfluxDB. */
  delivers: boolean;
}

/** What a page of answers is restricted to. */
export interface AnswerFilter {
  entityId?: string | undefined;
  domain?: string | undefined;
  /** Included, ms. */
  fromMs: number;
  /** Excluded, ms. */
  toMs: number;
  /** Only attributed changes of at least so many W. */
  minDeltaW?: number | undefined;
  minConfidence?: number | undefined;
  /** Goes on after this answer. */
  after?: { atMs: number; id: number } | undefined;
  limit: number;
}

type AnswerRow = readonly [
  id: number,
  eventId: string,
  entityId: string,
  domain: string,
  state: string,
  previousState: string | null,
  atMs: number,
  channel: string,
  deltaW: number | null,
  estimateW: number | null,
  sdW: number | null,
  probability: number,
  confidence: number,
  reason: string | null,
  beforeW: number | null,
  afterW: number | null,
  expectedW: number | null,
  expectedSdW: number | null,
  horizonS: number,
  levelTenths: number | null,
  coEvents: string,
  revision: number,
  provisional: number,
  pass: string,
  writtenAtMs: number,
];

const COLUMNS = `id, event_id, entity_id, domain, state, previous_state, at_ms, channel, delta_w, estimate_w, sd_w,
  probability, confidence, reason, before_w, after_w, expected_w, expected_sd_w, horizon_s, level_tenths, co_events,
  revision, provisional, pass, written_at_ms`;
const ROWS_PER_PAGE = 1_000;
/** A change is unusual when it is off the learned one by so many W, by such a share, and by so many standard deviations. */
const UNUSUAL_W = 20;
const UNUSUAL_SHARE = 0.25;
const UNUSUAL_SDS = 4;

/** Every answer with its earlier versions; each change goes out through the journal's outbox in one transaction. */
export class AnswerStore {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #delivers: boolean;
  readonly #find: Statement;
  readonly #keepVersion: Statement;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #settle: Statement;
  readonly #newest: Statement;
  readonly #newestOfEntity: Statement;
  readonly #unusual: Statement;
  readonly #ofEntity: Statement;
  readonly #entities: Statement;
  readonly #domainOf: Statement;
  readonly #withoutPower: Statement;
  readonly #deliveredAs: Statement;
  readonly #renameVersions: Statement;
  readonly #renameIds: Statement;
  readonly #rename: Statement;
  readonly #renameCoEvents: Statement;

  constructor({ journal, clock, delivers }: AnswerStoreOptions) {
    this.#journal = journal;
    this.#clock = clock;
    this.#delivers = delivers;
    this.#find = journal.prepare(`SELECT ${COLUMNS} FROM answer WHERE event_id = ?`);
    this.#keepVersion = journal.prepare(
      `INSERT OR REPLACE INTO answer_version SELECT event_id, revision, delta_w, estimate_w, sd_w, confidence, reason,
       provisional, pass, written_at_ms FROM answer WHERE id = ?`,
    );
    this.#insert = journal.prepare(`INSERT INTO answer (${COLUMNS}) VALUES (NULL${', ?'.repeat(24)})`);
    this.#update = journal.prepare(
      `UPDATE answer SET channel = ?, delta_w = ?, estimate_w = ?, sd_w = ?, probability = ?, confidence = ?, reason = ?,
       before_w = ?, after_w = ?, expected_w = ?, expected_sd_w = ?, horizon_s = ?, level_tenths = ?, co_events = ?,
       revision = ?, provisional = ?, pass = ?, written_at_ms = ? WHERE id = ?`,
    );
    this.#settle = journal.prepare('UPDATE answer SET provisional = 0 WHERE id = ?');
    // Two statements: an index is chosen when a statement is prepared, not when it runs.
    const newest = (which: string) =>
      journal.prepare(
        `SELECT ${COLUMNS} FROM answer
         WHERE ${which} AND at_ms >= ?2 AND (at_ms, id) < (?3, ?4) AND (?5 IS NULL OR domain = ?5)
           AND (?6 IS NULL OR abs(delta_w) >= ?6) AND (?7 IS NULL OR confidence >= ?7)
         ORDER BY at_ms DESC, id DESC LIMIT ?8`,
      );
    this.#newest = newest('?1 IS NULL');
    this.#newestOfEntity = newest('entity_id = ?1');
    this.#unusual = journal.prepare(
      `SELECT ${COLUMNS} FROM answer
       WHERE at_ms >= ? AND (at_ms, id) < (?, ?)
         AND provisional = 0 AND (reason IS NULL OR reason = 'below_noise')
         AND abs(estimate_w - expected_w) > max(${UNUSUAL_W}, ${UNUSUAL_SHARE} * abs(expected_w))
         AND (estimate_w - expected_w) * (estimate_w - expected_w)
           > ${UNUSUAL_SDS * UNUSUAL_SDS} * (sd_w * sd_w + expected_sd_w * expected_sd_w)
       ORDER BY at_ms DESC, id DESC LIMIT ?`,
    );
    this.#ofEntity = journal.prepare(
      `SELECT ${COLUMNS} FROM answer WHERE entity_id = ? AND (at_ms, id) > (?, ?) AND at_ms < ?
       ORDER BY at_ms, id LIMIT ${ROWS_PER_PAGE}`,
    );
    this.#entities = journal.prepare(
      `SELECT entity_id, (SELECT domain FROM answer AS one WHERE one.entity_id = answer.entity_id LIMIT 1),
         count(*), min(at_ms), max(at_ms)
       FROM answer GROUP BY entity_id ORDER BY entity_id`,
    );
    this.#domainOf = journal.prepare('SELECT domain FROM answer WHERE entity_id = ? LIMIT 1');
    this.#withoutPower = journal.prepare(
      "SELECT min(at_ms) FROM answer WHERE at_ms >= ? AND provisional = 1 AND reason = 'no_samples'",
    );
    this.#deliveredAs = journal.prepare(
      'SELECT coalesce(delivered_as, entity_id) FROM answer WHERE event_id = ?',
    );
    // Ids begin with the name and an @, whose next letter is A.
    const renameIds = (table: string) =>
      journal.prepare(
        `UPDATE OR REPLACE ${table} SET event_id = ?2 || substr(event_id, length(?1) + 1)
         WHERE event_id >= ?1 || '@' AND event_id < ?1 || 'A'`,
      );
    this.#renameVersions = renameIds('answer_version');
    this.#renameIds = renameIds('answer');
    this.#rename = journal.prepare(
      `UPDATE answer SET delivered_as = iif(?3, coalesce(delivered_as, entity_id), delivered_as), entity_id = ?2
       WHERE entity_id = ?1`,
    );
    this.#renameCoEvents = journal.prepare(
      `UPDATE answer SET co_events =
         replace(replace(co_events, '"' || ?1 || '"', '"' || ?2 || '"'), '"' || ?1 || '@', '"' || ?2 || '@')
       WHERE instr(co_events, '"' || ?1) > 0`,
    );
  }

  /**
   * Keeps answers, new or revised, and what is to be delivered of them; in the caller's transaction if there is
   * one. An answer that says what is known already changes nothing, so repeating is safe.
   * @returns how many were new and how many revised
   */
  write(answers: readonly NewAnswer[]): { created: Answer[]; revised: Answer[] } {
    return this.#journal.transaction(() => {
      const created: Answer[] = [];
      const revised: Answer[] = [];
      for (const answer of answers) {
        const known = this.find(answer.attribution.eventId);
        if (known === undefined) created.push(this.#create(answer));
        else if (!saysTheSame(known, answer.attribution)) revised.push(this.#revise(known, answer));
        else if (known.provisional && !answer.attribution.provisional) this.#settleAnswer(known);
      }
      return { created, revised };
    });
  }

  find(eventId: string): Answer | undefined {
    const row = this.#find.get<AnswerRow>(eventId);
    return row && toAnswer(row);
  }

  /**
   * Gives an entity another name in all its answers and in what others say of it. What InfluxDB has stays under the
   * former name, and so do later versions of it. In the caller's transaction.
   */
  rename(from: string, to: string): void {
    this.#renameVersions.run(from, to);
    this.#renameIds.run(from, to);
    this.#rename.run(from, to, this.#delivers ? 1 : 0);
    this.#renameCoEvents.run(from, to);
  }

  /** Newest first. */
  newest({ entityId, domain, fromMs, toMs, minDeltaW, minConfidence, after, limit }: AnswerFilter): Answer[] {
    const statement = entityId === undefined ? this.#newest : this.#newestOfEntity;
    const rows = statement.all<AnswerRow>(
      entityId ?? null,
      fromMs,
      ...upperEnd(toMs, after),
      domain ?? null,
      minDeltaW ?? null,
      minConfidence ?? null,
      limit,
    );
    return rows.map(toAnswer);
  }

  /** Answers whose change has left what was learned of the entity, newest first. */
  unusual({
    fromMs,
    toMs,
    after,
    limit,
  }: Pick<AnswerFilter, 'fromMs' | 'toMs' | 'after' | 'limit'>): Answer[] {
    return this.#unusual.all<AnswerRow>(fromMs, ...upperEnd(toMs, after), limit).map(toAnswer);
  }

  /** All answers of one entity in a period, oldest first, read on as they are asked for. */
  *ofEntity(entityId: string, fromMs: number, toMs: number): Generator<Answer, void, undefined> {
    let after: readonly [number, number] = [fromMs, -1];
    for (;;) {
      const page = this.#ofEntity.all<AnswerRow>(entityId, ...after, toMs).map(toAnswer);
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < ROWS_PER_PAGE) return;
      after = [last.atMs, last.id];
    }
  }

  /** Every entity that there is an answer for. */
  entities(): { entityId: string; domain: string; events: number; firstAtMs: number; lastAtMs: number }[] {
    return this.#entities
      .all<readonly [string, string, number, number, number]>()
      .map(([entityId, domain, events, firstAtMs, lastAtMs]) => ({
        entityId,
        domain,
        events,
        firstAtMs,
        lastAtMs,
      }));
  }

  /** The domain of an entity that there is an answer for; undefined for every other. */
  domainOf(entityId: string): string | undefined {
    return this.#domainOf.get<[string]>(entityId)?.[0];
  }

  /** The oldest event since an instant that still waits for power; null where none does. */
  oldestWithoutPower(sinceMs: number): number | null {
    return this.#withoutPower.get<[number | null]>(sinceMs)?.[0] ?? null;
  }

  #create(answer: NewAnswer): Answer {
    const { attribution: a } = answer;
    this.#insert.run(
      a.eventId,
      a.entityId,
      a.domain,
      a.state,
      a.previousState,
      a.atMs,
      ...this.#changing(answer, 1),
    );
    return this.#deliver(a.eventId);
  }

  /** The state before stays as it was first answered: it is a tag, and another one would be another point. */
  #revise(known: Answer, answer: NewAnswer): Answer {
    this.#keepVersion.run(known.id);
    this.#update.run(...this.#changing(answer, known.revision + 1), known.id);
    return this.#deliver(known.eventId);
  }

  #settleAnswer({ id, eventId }: Answer): void {
    this.#settle.run(id);
    this.#deliver(eventId);
  }

  #changing({ attribution: a, levelTenths, pass }: NewAnswer, revision: number): SqlValue[] {
    return [
      a.channel,
      a.deltaW,
      a.estimateW,
      a.sdW,
      a.probability,
      a.confidence,
      a.reason,
      a.beforeW,
      a.afterW,
      a.expectedW,
      a.expectedSdW,
      a.horizonS,
      levelTenths,
      JSON.stringify(a.coEvents),
      revision,
      a.provisional ? 1 : 0,
      pass,
      this.#clock.now().getTime(),
    ];
  }

  #deliver(eventId: string): Answer {
    const answer = this.find(eventId);
    if (answer === undefined) throw new Error(`answer ${eventId} is not there after it was written`);
    if (!this.#delivers) return answer;
    const lines = encodeEventEnergyCorrelation({
      eventAt: new Date(answer.atMs),
      entityId: this.#deliveredAs.get<[string]>(eventId)?.[0] ?? answer.entityId,
      domain: answer.domain,
      state: answer.state,
      previousState: answer.previousState ?? '',
      powerBeforeW: answer.beforeW,
      powerAfterW: answer.afterW,
      powerDeltaW: answer.deltaW,
      powerDeltaPct: deltaPercent(answer),
      deltaSdW: answer.sdW,
      confidence: answer.confidence,
      provisional: answer.provisional,
      revision: answer.revision,
      reason: answer.reason,
    });
    if (lines.lineCount > 0) this.#journal.outbox.enqueue([lines]);
    return answer;
  }
}

/** Where a page ends that reads back in time, excluded: the end of the period, or the last answer of the page before. */
function upperEnd(toMs: number, after: AnswerFilter['after']): readonly [atMs: number, id: number] {
  return after !== undefined && after.atMs < toMs ? [after.atMs, after.id] : [toMs, 0];
}

function toAnswer(row: AnswerRow): Answer {
  const [
    id,
    eventId,
    entityId,
    domain,
    state,
    previousState,
    atMs,
    channel,
    deltaW,
    estimateW,
    sdW,
    ...rest
  ] = row;
  const [probability, confidence, reason, beforeW, afterW, expectedW, expectedSdW, horizonS, ...last] = rest;
  const [levelTenths, coEvents, revision, provisional, pass, writtenAtMs] = last;
  return {
    id,
    eventId,
    entityId,
    domain,
    state,
    previousState,
    atMs,
    channel,
    deltaW,
    estimateW,
    sdW,
    probability,
    confidence,
    reason: reason as ReasonCode | null,
    beforeW,
    afterW,
    expectedW,
    expectedSdW,
    horizonS,
    levelTenths,
    coEvents: JSON.parse(coEvents) as CoEvent[],
    revision,
    provisional: provisional === 1,
    pass: pass as Pass,
    writtenAtMs,
  };
}
