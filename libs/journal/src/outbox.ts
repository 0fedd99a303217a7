import { Clock } from '@smart-meter/meter-adapter';
import { Database, Statement } from './database';
import { JournalLog } from './log';
import { OutboxEntry, OutboxLines, OutboxOutcome, OutboxSlice, OutboxStats } from './outbox-entry';
import { Quarantine } from './quarantine';
import { isFull } from './storage-errors';
import { OutboxTotals } from './outbox-totals';

type EntryHead = readonly [id: number, lineCount: number, bytes: number];

const HEADS_PER_PAGE = 500;
const DROPS_PER_TRANSACTION = 2_000;

/** Lines that wait on disk until the database has acknowledged them. Bounded in bytes: past the bound the oldest are dropped, counted and logged. */
export class Outbox {
  readonly quarantine: Quarantine;
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: JournalLog;
  readonly #maxBytes: number;
  readonly #makeRoom: () => boolean;
  readonly #totals: OutboxTotals;
  readonly #listeners = new Set<() => void>();
  readonly #insert: Statement;
  readonly #heads: Record<OutboxSlice['order'], Statement>;
  readonly #byId: Statement;
  readonly #remove: Statement;
  readonly #oldest: Statement;
  #appended = false;
  #droppedLines = 0;

  /** @param makeRoom gives back what is kept for a full disk; says whether there was anything */
  constructor(database: Database, clock: Clock, maxBytes: number, log: JournalLog, makeRoom: () => boolean) {
    this.#makeRoom = makeRoom;
    this.#database = database;
    this.#clock = clock;
    this.#log = log;
    this.#maxBytes = maxBytes;
    this.#totals = new OutboxTotals(database);
    this.quarantine = new Quarantine(database, clock, this.#totals, maxBytes, (lines) => this.enqueue(lines));
    this.#insert = database.prepare('INSERT INTO outbox VALUES (?, ?, ?, ?, ?)');
    const heads = 'SELECT id, line_count, bytes FROM outbox WHERE id';
    this.#heads = {
      oldest: database.prepare(`${heads} > ? ORDER BY id LIMIT ${HEADS_PER_PAGE}`),
      newest: database.prepare(`${heads} < ? ORDER BY id DESC LIMIT ${HEADS_PER_PAGE}`),
    };
    this.#byId = database.prepare(
      'SELECT id, enqueued_at_ms, line_protocol, line_count FROM outbox WHERE id = ?',
    );
    this.#remove = database.prepare(
      'DELETE FROM outbox WHERE id = ? RETURNING line_count, bytes, enqueued_at_ms',
    );
    this.#oldest = database.prepare('SELECT enqueued_at_ms FROM outbox ORDER BY id LIMIT 1');
    database.addHooks({
      afterCommit: () => this.#announce(),
      invalidate: () => {
        this.#appended = false;
        this.#droppedLines = 0;
      },
    });
  }

  /** Adds entries at the end, in the caller's transaction if there is one. */
  enqueue(entries: readonly OutboxLines[]): void {
    if (entries.length === 0) return;
    const nowMs = this.#clock.now().getTime();
    this.#database.transaction(() => {
      for (const { lineProtocol, lineCount } of entries) {
        const bytes = Buffer.byteLength(lineProtocol);
        this.#insert.run(this.#totals.takeId(), nowMs, lineCount, bytes, lineProtocol);
        this.#totals.add({ entries: 1, lines: lineCount, bytes });
      }
      this.#appended = true;
      this.#dropOldest(DROPS_PER_TRANSACTION);
    });
  }

  /** Reads without removing; at least one entry if there is any that is not excluded, even if it is over the limits. */
  take({ order, maxLines, maxBytes, excludeIds }: OutboxSlice): OutboxEntry[] {
    return this.#database.guard(() => {
      const entries: OutboxEntry[] = [];
      let lines = 0;
      let bytes = 0;
      for (const [id, lineCount, entryBytes] of this.#walk(order)) {
        if (excludeIds?.has(id)) continue;
        lines += lineCount;
        bytes += entryBytes;
        if (entries.length > 0 && (lines > maxLines || bytes > maxBytes)) break;
        entries.push(this.#read(id));
        if (lines >= maxLines || bytes >= maxBytes) break;
      }
      return entries;
    });
  }

  /**
   * One transaction: the rejected lines go to the quarantine, all settled entries are removed. Safe to repeat.
   * Works on a full disk too, on the room that is kept for it.
   */
  settle(outcome: OutboxOutcome): void {
    try {
      this.#settleOnce(outcome);
    } catch (error) {
      if (!isFull(error) || !this.#makeRoom()) throw error;
      this.#log(
        'warn',
        'the disk is full: the room that is kept for it is used to remove what was delivered',
      );
      this.#settleOnce(outcome);
    }
  }

  /** Cheap: kept count of, never counted. */
  stats(): OutboxStats {
    return this.#database.guard(() => {
      const { entries, lines, bytes, quarantinedLines, droppedLines, droppedBytes } = this.#totals.current();
      const oldestEnqueuedAtMs = this.#oldest.get<[number]>()?.[0] ?? null;
      return { entries, lines, bytes, oldestEnqueuedAtMs, quarantinedLines, droppedLines, droppedBytes };
    });
  }

  /** Calls the listener after every commit that added entries; returns the function that ends it. */
  onAppended(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Drops what is over a bound that was lowered since the last run, some entries per transaction. */
  enforceBound(): void {
    while (this.#totals.current().bytes > this.#maxBytes) {
      this.#database.transaction(() => this.#dropOldest(DROPS_PER_TRANSACTION));
    }
  }

  #dropOldest(maxEntries: number): void {
    if (this.#totals.current().bytes <= this.#maxBytes) return;
    let left = maxEntries;
    for (const [id, lines, bytes] of this.#walk('oldest')) {
      if (left === 0 || this.#totals.current().bytes <= this.#maxBytes) break;
      this.#remove.get(id);
      this.#totals.add({
        entries: -1,
        lines: -lines,
        bytes: -bytes,
        droppedLines: lines,
        droppedBytes: bytes,
      });
      this.#droppedLines += lines;
      left -= 1;
    }
  }

  #settleOnce({ settledIds, rejected }: OutboxOutcome): void {
    this.#database.transaction(() => {
      for (const line of rejected) {
        const entry = this.#byId.get<[number, number]>(line.entryId);
        // An entry that is gone was settled by an earlier call: its lines are in the quarantine already.
        if (entry !== undefined) this.quarantine.add(line, entry[1]);
      }
      for (const id of settledIds) {
        const [lines, bytes] = this.#remove.get<[number, number]>(id) ?? [];
        if (lines !== undefined && bytes !== undefined) {
          this.#totals.add({ entries: -1, lines: -lines, bytes: -bytes });
        }
      }
    });
  }

  /** Ids and sizes only: the text of a long backlog stays on disk. */
  *#walk(order: OutboxSlice['order']): Generator<EntryHead, void, undefined> {
    let lastId = order === 'oldest' ? 0 : Number.MAX_SAFE_INTEGER;
    for (;;) {
      const heads = this.#heads[order].all<EntryHead>(lastId);
      yield* heads;
      const last = heads.at(-1);
      if (last === undefined || heads.length < HEADS_PER_PAGE) return;
      lastId = last[0];
    }
  }

  #read(entryId: number): OutboxEntry {
    const row = this.#byId.get<[number, number, string, number]>(entryId);
    if (row === undefined) throw new RangeError(`there is no outbox entry ${entryId}`);
    const [id, enqueuedAtMs, lineProtocol, lineCount] = row;
    return { id, enqueuedAtMs, lineProtocol, lineCount };
  }

  #announce(): void {
    if (this.#droppedLines > 0) {
      this.#log('error', 'the outbox is full: its oldest lines were dropped', {
        droppedLines: this.#droppedLines,
        maxBytes: this.#maxBytes,
      });
      this.#droppedLines = 0;
    }
    if (!this.#appended) return;
    this.#appended = false;
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        this.#log('error', 'a listener of the outbox failed', { error });
      }
    }
  }
}
