import { AttributeSet, StateChange, StateMachine } from './state-machine';
import { StatisticsCompiler } from './statistics';

/** A recorded state; `state` is null where the entity was removed. */
export interface RecordedState {
  readonly state: string | null;
  readonly attributes: AttributeSet;
  readonly lastChangedMs: number;
  readonly lastUpdatedMs: number;
}

export interface RecorderOptions {
  /** How long states and 5-minute statistics are kept, default 10. */
  readonly keepDays?: number;
  /** Bound of the memory, default 2,000,000; the oldest go first. */
  readonly maxStates?: number;
  /** Entities whose states are not recorded. */
  readonly exclude?: (entityId: string) => boolean;
  /** Whether history follows a renamed entity, default true. A real one fails to where it has already stored the new id. */
  readonly followsRenames?: boolean;
}

const DAY_MS = 86_400_000;
const NO_ATTRIBUTES = new AttributeSet({});

/** Keeps every state in full resolution for some days, and feeds the statistics. */
export class Recorder {
  private readonly rows = new Map<string, RecordedState[]>();
  private readonly keepMs: number;
  private readonly maxStates: number;
  private stateCount = 0;
  private sincePurge = 0;
  private recording = true;

  constructor(
    states: StateMachine,
    readonly statistics: StatisticsCompiler,
    private readonly options: RecorderOptions = {},
  ) {
    this.keepMs = (options.keepDays ?? 10) * DAY_MS;
    this.maxStates = options.maxStates ?? 2_000_000;
    states.onChange((change) => this.record(change));
  }

  get isRecording(): boolean {
    return this.recording;
  }

  /** States that come while it is off are in no history, as while a real recorder is down. */
  setRecording(on: boolean): void {
    this.recording = on;
  }

  /** Everything kept of an entity, oldest first. */
  statesOf(entityId: string): readonly RecordedState[] {
    return this.rows.get(entityId) ?? [];
  }

  /** The state in force at the instant, were it recorded. Strictly before it, as the real query is. */
  stateBefore(entityId: string, atMs: number): RecordedState | undefined {
    const rows = this.statesOf(entityId);
    let index = firstAfter(rows, atMs) - 1;
    while (rows[index]?.lastUpdatedMs === atMs) index -= 1;
    return rows[index];
  }

  /** States with from < last updated < to: both bounds are left out, as the real query does. */
  statesBetween(entityId: string, fromMs: number, toMs: number): readonly RecordedState[] {
    const rows = this.statesOf(entityId);
    const start = firstAfter(rows, fromMs);
    let end = start;
    while (end < rows.length && (rows[end] as RecordedState).lastUpdatedMs < toMs) end += 1;
    return rows.slice(start, end);
  }

  /** History and statistics follow an entity to its new id. */
  rename(entityId: string, newEntityId: string): void {
    if (this.options.followsRenames === false) return;
    const rows = this.rows.get(entityId) ?? [];
    if (rows.at(-1)?.state === null) rows.pop();
    this.rows.delete(entityId);
    this.rows.set(newEntityId, rows);
    this.statistics.rename(entityId, newEntityId);
  }

  private record(change: StateChange): void {
    const { entityId, after, atMs } = change;
    if (!this.recording || this.options.exclude?.(entityId) === true) return;
    const row: RecordedState = {
      state: after === null ? null : after.state,
      attributes: after?.attributes ?? NO_ATTRIBUTES,
      lastChangedMs: after?.lastChangedMs ?? atMs,
      lastUpdatedMs: after?.lastUpdatedMs ?? atMs,
    };
    const rows = this.rows.get(entityId);
    if (rows === undefined) this.rows.set(entityId, [row]);
    else rows.push(row);
    this.stateCount += 1;
    this.sincePurge += 1;
    this.statistics.record(entityId, row);
    if (this.stateCount > this.maxStates || this.sincePurge > 200_000) this.purge(atMs);
  }

  private purge(nowMs: number): void {
    this.sincePurge = 0;
    this.purgeBefore(nowMs - this.keepMs);
    if (this.stateCount <= this.maxStates) return;
    const times = [...this.rows.values()].flatMap((rows) => rows.map((row) => row.lastUpdatedMs));
    const cutMs = times.sort((left, right) => left - right)[Math.floor(times.length / 5)] ?? 0;
    this.purgeBefore(cutMs);
  }

  /** The state in force stays, however old. */
  private purgeBefore(cutMs: number): void {
    this.stateCount = 0;
    for (const rows of this.rows.values()) {
      const keepFrom = Math.min(firstAfter(rows, cutMs), rows.length - 1);
      rows.splice(0, keepFrom);
      this.stateCount += rows.length;
    }
    this.statistics.purgeShortTerm(cutMs);
  }
}

/** Index of the first row updated after the instant. */
function firstAfter(rows: readonly RecordedState[], atMs: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] as RecordedState).lastUpdatedMs > atMs) high = middle;
    else low = middle + 1;
  }
  return low;
}
