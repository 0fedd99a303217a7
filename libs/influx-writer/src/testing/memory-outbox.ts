import { EncodedLines } from '../line-protocol';
import { Outbox, OutboxEntry, OutboxOutcome, OutboxSlice, OutboxStats, RejectedLine } from '../outbox';

/** An outbox for tests: as strict as a durable one, and gone with the process. */
export class MemoryOutbox implements Outbox {
  readonly quarantine: RejectedLine[] = [];
  private readonly entries = new Map<number, OutboxEntry>();
  private readonly listeners = new Set<() => void>();
  private nextId = 1;
  private lines = 0;
  private bytes = 0;

  constructor(private readonly nowMs: () => number = Date.now) {}

  append(...entries: readonly EncodedLines[]): void {
    for (const { lineProtocol, lineCount } of entries) {
      const id = this.nextId++;
      this.entries.set(id, { id, enqueuedAtMs: this.nowMs(), lineProtocol, lineCount });
      this.count(lineProtocol, lineCount, 1);
    }
    for (const listener of this.listeners) listener();
  }

  /** One entry of these lines. */
  appendLines(...lines: readonly string[]): void {
    this.append({ lineProtocol: lines.join('\n'), lineCount: lines.length });
  }

  get queuedLines(): string[] {
    return [...this.entries.values()].flatMap(({ lineProtocol }) => lineProtocol.split('\n'));
  }

  take({ order, maxLines, maxBytes, excludeIds }: OutboxSlice): OutboxEntry[] {
    const taken: OutboxEntry[] = [];
    let lines = 0;
    let bytes = 0;
    for (const entry of order === 'oldest' ? this.entries.values() : [...this.entries.values()].reverse()) {
      if (excludeIds?.has(entry.id)) continue;
      lines += entry.lineCount;
      bytes += entry.lineProtocol.length;
      if (taken.length > 0 && (lines > maxLines || bytes > maxBytes)) break;
      taken.push(entry);
    }
    return taken;
  }

  settle({ settledIds, rejected }: OutboxOutcome): void {
    const settled = new Set(settledIds);
    for (const line of rejected) {
      if (!settled.has(line.entryId))
        throw new Error(`entry ${line.entryId} has rejected lines but is not settled`);
      if (this.entries.has(line.entryId)) this.quarantine.push(line);
    }
    for (const id of settledIds) {
      const entry = this.entries.get(id);
      if (entry === undefined) throw new Error(`entry ${id} was settled twice`);
      this.entries.delete(id);
      this.count(entry.lineProtocol, entry.lineCount, -1);
    }
  }

  stats(): OutboxStats {
    const oldest = this.entries.values().next().value;
    return {
      entries: this.entries.size,
      lines: this.lines,
      bytes: this.bytes,
      oldestEnqueuedAtMs: oldest?.enqueuedAtMs ?? null,
      quarantinedLines: this.quarantine.length,
      droppedLines: 0,
    };
  }

  onAppended(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private count(lineProtocol: string, lineCount: number, sign: 1 | -1): void {
    this.lines += sign * lineCount;
    this.bytes += sign * lineProtocol.length;
  }
}
