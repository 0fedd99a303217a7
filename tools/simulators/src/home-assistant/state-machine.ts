import { SimulatorClock } from '../shared';
import { newContextId } from './context-id';

export type Attributes = Readonly<Record<string, unknown>>;

/** Attributes with their JSON, which thousands of states share and hundreds of answers repeat. */
export class AttributeSet {
  readonly json: string;

  constructor(readonly values: Attributes) {
    this.json = JSON.stringify(values);
  }
}

export interface Context {
  readonly id: string;
  readonly parentId: string | null;
  readonly userId: string | null;
}

/** One state of one entity. Times are epoch milliseconds: changed <= updated <= reported. */
export interface EntityState {
  readonly entityId: string;
  readonly state: string;
  readonly attributes: AttributeSet;
  readonly lastChangedMs: number;
  readonly lastUpdatedMs: number;
  /** Moves without any event when the same state is written again. */
  lastReportedMs: number;
  readonly context: Context;
}

export interface StateChange {
  readonly entityId: string;
  /** null when the entity is new. */
  readonly before: EntityState | null;
  /** null when the entity is gone. */
  readonly after: EntityState | null;
  readonly atMs: number;
  readonly context: Context;
}

export interface WriteOptions {
  /** Counts as a change even when nothing is different. */
  readonly force?: boolean;
  /** When it happened; default the clock's now. */
  readonly at?: Date;
  readonly userId?: string | null;
}

/** The states of a Home Assistant, and who wants to know of their changes. */
export class StateMachine {
  private readonly states = new Map<string, EntityState>();
  private readonly listeners = new Set<(change: StateChange) => void>();

  constructor(private readonly clock: SimulatorClock) {}

  get size(): number {
    return this.states.size;
  }

  all(): IterableIterator<EntityState> {
    return this.states.values();
  }

  get(entityId: string): EntityState | undefined {
    return this.states.get(entityId);
  }

  onChange(listener: (change: StateChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Attributes left out stay as they are. Returns the state now in force. */
  set(entityId: string, state: string, attributes?: Attributes, options: WriteOptions = {}): EntityState {
    const before = this.states.get(entityId) ?? null;
    const atMs = (options.at ?? this.clock.now()).getTime();
    const nextAttributes = chooseAttributes(before, attributes);
    const force = options.force === true;
    const sameState = before !== null && before.state === state && !force;
    if (before !== null && sameState && nextAttributes === before.attributes) {
      before.lastReportedMs = atMs;
      return before;
    }
    const context = { id: newContextId(atMs), parentId: null, userId: options.userId ?? null };
    const after: EntityState = {
      entityId,
      state,
      attributes: nextAttributes,
      lastChangedMs: before !== null && sameState ? before.lastChangedMs : atMs,
      lastUpdatedMs: atMs,
      lastReportedMs: atMs,
      context,
    };
    this.states.set(entityId, after);
    this.announce({ entityId, before, after, atMs, context });
    return after;
  }

  /** Returns whether there was such an entity. */
  remove(entityId: string, at: Date = this.clock.now()): boolean {
    const before = this.states.get(entityId);
    if (before === undefined) return false;
    this.states.delete(entityId);
    const atMs = at.getTime();
    const context = { id: newContextId(atMs), parentId: null, userId: null };
    this.announce({ entityId, before, after: null, atMs, context });
    return true;
  }

  private announce(change: StateChange): void {
    for (const listener of this.listeners) listener(change);
  }
}

function chooseAttributes(before: EntityState | null, attributes: Attributes | undefined): AttributeSet {
  if (attributes === undefined) return before?.attributes ?? new AttributeSet({});
  if (before === null) return new AttributeSet(attributes);
  if (before.attributes.values === attributes) return before.attributes;
  const next = new AttributeSet(attributes);
  return next.json === before.attributes.json ? before.attributes : next;
}
