import { Clock } from '@smart-meter/meter-adapter';
import { Database, Statement } from './database';
import { OutboxLines, RejectedLine } from './outbox-entry';
import { OutboxTotals } from './outbox-totals';

/** A line that the database refused, with its words. */
export interface QuarantinedLine {
  id: number;
  quarantinedAt: Date;
  enqueuedAt: Date;
  status: number;
  reason: string;
  line: string;
}

type QuarantineRow = readonly [number, number, number, number, string, string];

const LINES_PER_PAGE = 500;

/** Refused lines, kept for people to look at and to send again. Bounded in bytes like the outbox. */
export class Quarantine {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #totals: OutboxTotals;
  readonly #maxBytes: number;
  readonly #enqueue: (entries: readonly OutboxLines[]) => void;
  readonly #insert: Statement;
  readonly #page: Statement;
  readonly #remove: Statement;

  constructor(
    database: Database,
    clock: Clock,
    totals: OutboxTotals,
    maxBytes: number,
    enqueue: (entries: readonly OutboxLines[]) => void,
  ) {
    this.#database = database;
    this.#clock = clock;
    this.#totals = totals;
    this.#maxBytes = maxBytes;
    this.#enqueue = enqueue;
    this.#insert = database.prepare(
      `INSERT INTO quarantine (quarantined_at_ms, enqueued_at_ms, status, bytes, reason, line)
       VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#page = database.prepare(
      `SELECT id, quarantined_at_ms, enqueued_at_ms, status, reason, line FROM quarantine
       WHERE id > ? ORDER BY id LIMIT ?`,
    );
    this.#remove = database.prepare('DELETE FROM quarantine WHERE id = ? RETURNING line, bytes');
  }

  /** Within the transaction that settles the line's entry. */
  add({ line, status, reason }: RejectedLine, enqueuedAtMs: number): void {
    const bytes = Buffer.byteLength(line);
    this.#insert.run(this.#clock.now().getTime(), enqueuedAtMs, status, bytes, reason, line);
    this.#totals.add({ quarantinedLines: 1, quarantinedBytes: bytes });
    while (this.#totals.current().quarantinedBytes > this.#maxBytes) {
      const [oldest] = this.list({ limit: 1 });
      if (oldest === undefined) return;
      const droppedBytes = Buffer.byteLength(oldest.line);
      this.#take(oldest.id);
      this.#totals.add({ droppedLines: 1, droppedBytes });
    }
  }

  /** Oldest first; go on with the last id as `afterId`. */
  list({
    afterId = 0,
    limit = LINES_PER_PAGE,
  }: { afterId?: number; limit?: number } = {}): QuarantinedLine[] {
    return this.#database
      .guard(() => this.#page.all<QuarantineRow>(afterId, limit))
      .map(([id, quarantinedAtMs, enqueuedAtMs, status, reason, line]) => ({
        id,
        quarantinedAt: new Date(quarantinedAtMs),
        enqueuedAt: new Date(enqueuedAtMs),
        status,
        reason,
        line,
      }));
  }

  /**
   * Puts lines back at the end of the outbox, one entry per line so that one that is refused again is alone.
   * @param ids all of them where left out
   * @returns how many lines
   */
  retry(ids?: readonly number[]): number {
    return this.#drain(ids, (line) => this.#enqueue([{ lineProtocol: line, lineCount: 1 }]));
  }

  /** Removes lines for good. @returns how many */
  purge(ids?: readonly number[]): number {
    return this.#drain(ids, () => undefined);
  }

  #drain(ids: readonly number[] | undefined, handle: (line: string) => void): number {
    let drained = 0;
    const drainSome = (some: readonly number[]) =>
      this.#database.transaction(() => {
        for (const id of some) {
          const line = this.#take(id);
          if (line === undefined) continue;
          handle(line);
          drained += 1;
        }
      });
    if (ids !== undefined) {
      drainSome(ids);
      return drained;
    }
    for (let page = this.list(); page.length > 0; page = this.list()) drainSome(page.map(({ id }) => id));
    return drained;
  }

  #take(id: number): string | undefined {
    const [line, bytes] = this.#remove.get<[string, number]>(id) ?? [];
    if (line === undefined || bytes === undefined) return undefined;
    this.#totals.add({ quarantinedLines: -1, quarantinedBytes: -bytes });
    return line;
  }
}
