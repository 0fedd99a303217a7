/** What the delivery needs of the durable store that it drains. */
export interface Outbox {
  /**
   * Reads without removing, at most `maxLines` and `maxBytes`;
   * at least one entry if there is any that is not excluded, even if it is over the limits.
   */
  take(slice: OutboxSlice): OutboxEntry[] | Promise<OutboxEntry[]>;
  /** One transaction: the rejected lines go to the quarantine, all settled entries are removed. */
  settle(outcome: OutboxOutcome): void | Promise<void>;
  /** Cheap: called on every health check and scrape. */
  stats(): OutboxStats | Promise<OutboxStats>;
  /** Calls the listener after every committed append; returns the function that ends it. */
  onAppended(listener: () => void): () => void;
}

/** Lines that were accepted together; all timestamps in ms, joined by '\n' without a trailing one. */
export interface OutboxEntry {
  id: number;
  enqueuedAtMs: number;
  lineProtocol: string;
  lineCount: number;
}

export interface OutboxSlice {
  order: 'oldest' | 'newest';
  maxLines: number;
  maxBytes: number;
  /** Entries that are under way already. */
  excludeIds?: ReadonlySet<number>;
}

export interface OutboxOutcome {
  settledIds: readonly number[];
  rejected: readonly RejectedLine[];
}

export interface RejectedLine {
  entryId: number;
  line: string;
  /** The server's HTTP status. */
  status: number;
  /** The server's words. */
  reason: string;
}

export interface OutboxStats {
  entries: number;
  lines: number;
  bytes: number;
  oldestEnqueuedAtMs: number | null;
  quarantinedLines: number;
  droppedLines: number;
}
