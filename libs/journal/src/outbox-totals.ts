import { Database, Statement } from './database';

export interface OutboxCounts {
  entries: number;
  lines: number;
  bytes: number;
  quarantinedLines: number;
  quarantinedBytes: number;
  droppedLines: number;
  droppedBytes: number;
}

type TotalsRow = readonly [number, number, number, number, number, number, number, number];

/** What waits and what was dropped, counted as it happens and written with the transaction that changed it. */
export class OutboxTotals {
  readonly #select: Statement;
  readonly #update: Statement;
  #nextId = 0;
  #counts: OutboxCounts | undefined;
  #changed = false;

  constructor(database: Database) {
    this.#select = database.prepare(
      `SELECT next_id, entries, lines, bytes, quarantined_lines, quarantined_bytes, dropped_lines, dropped_bytes
       FROM outbox_totals`,
    );
    this.#update = database.prepare(
      `UPDATE outbox_totals SET next_id = ?, entries = ?, lines = ?, bytes = ?,
         quarantined_lines = ?, quarantined_bytes = ?, dropped_lines = ?, dropped_bytes = ?`,
    );
    database.addHooks({
      beforeCommit: () => this.#save(),
      invalidate: () => {
        this.#counts = undefined;
        this.#changed = false;
      },
    });
  }

  current(): Readonly<OutboxCounts> {
    return this.#load();
  }

  add(change: Partial<OutboxCounts>): void {
    const counts = this.#load();
    for (const [name, amount] of Object.entries(change) as [keyof OutboxCounts, number][]) {
      counts[name] += amount;
    }
    this.#changed = true;
  }

  /** Ids are never given out twice, not even after a restart: a late settlement must not hit another entry. */
  takeId(): number {
    this.#load();
    this.#changed = true;
    return this.#nextId++;
  }

  #load(): OutboxCounts {
    if (this.#counts !== undefined) return this.#counts;
    const row = this.#select.get<TotalsRow>();
    if (row === undefined) throw new RangeError('the journal has lost its outbox totals');
    const [nextId, entries, lines, bytes, quarantinedLines, quarantinedBytes, droppedLines, droppedBytes] =
      row;
    this.#nextId = nextId;
    this.#counts = {
      entries,
      lines,
      bytes,
      quarantinedLines,
      quarantinedBytes,
      droppedLines,
      droppedBytes,
    };
    return this.#counts;
  }

  #save(): void {
    if (!this.#changed || this.#counts === undefined) return;
    const counts = this.#counts;
    this.#update.run(
      this.#nextId,
      counts.entries,
      counts.lines,
      counts.bytes,
      counts.quarantinedLines,
      counts.quarantinedBytes,
      counts.droppedLines,
      counts.droppedBytes,
    );
    this.#changed = false;
  }
}
