/** Lines that are to be delivered together; all timestamps in ms precision, joined by '\n' without a trailing one. */
export interface OutboxLines {
  lineProtocol: string;
  lineCount: number;
}

export interface OutboxEntry extends OutboxLines {
  id: number;
  enqueuedAtMs: number;
}

export interface OutboxSlice {
  order: 'oldest' | 'newest';
  maxLines: number;
  maxBytes: number;
  /** Entries that are under way already. */
  excludeIds?: ReadonlySet<number>;
}

export interface RejectedLine {
  entryId: number;
  line: string;
  /** The server's HTTP status. */
  status: number;
  /** The server's words. */
  reason: string;
}

/** What has become of entries: which are done with, and which of their lines the server refused. */
export interface OutboxOutcome {
  settledIds: readonly number[];
  rejected: readonly RejectedLine[];
}

export interface OutboxStats {
  entries: number;
  lines: number;
  bytes: number;
  oldestEnqueuedAtMs: number | null;
  quarantinedLines: number;
  droppedLines: number;
  droppedBytes: number;
}
