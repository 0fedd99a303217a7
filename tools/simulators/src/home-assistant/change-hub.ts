import { StateChange, StateMachine } from './state-machine';
import { compressedChangeJson, stateChangedEventJson } from './state-json';

export type JsonListener = (json: string) => void;

/**
 * Tells subscribers of changes, and only those who asked for the entity. Each change is put into words once, however
 * many listen, and not at all when nobody does.
 */
export class ChangeHub {
  private readonly byEntity = new Map<string, Set<JsonListener>>();
  private readonly everything = new Map<JsonListener, (entityId: string) => boolean>();
  private readonly fullEvents = new Set<JsonListener>();

  constructor(states: StateMachine) {
    states.onChange((change) => this.spread(change));
  }

  /** Compressed changes of the given entities. */
  listenToEntities(entityIds: readonly string[], listener: JsonListener): () => void {
    for (const entityId of entityIds) {
      const listeners = this.byEntity.get(entityId) ?? new Set();
      this.byEntity.set(entityId, listeners.add(listener));
    }
    return () => {
      for (const entityId of entityIds) this.byEntity.get(entityId)?.delete(listener);
    };
  }

  /** Compressed changes of every entity that passes. */
  listenToAll(passes: (entityId: string) => boolean, listener: JsonListener): () => void {
    this.everything.set(listener, passes);
    return () => this.everything.delete(listener);
  }

  /** Whole `state_changed` events. */
  listenToEvents(listener: JsonListener): () => void {
    this.fullEvents.add(listener);
    return () => this.fullEvents.delete(listener);
  }

  private spread(change: StateChange): void {
    const chosen = this.byEntity.get(change.entityId);
    if ((chosen !== undefined && chosen.size > 0) || this.everything.size > 0) {
      const json = compressedChangeJson(change);
      if (chosen !== undefined) for (const listener of chosen) listener(json);
      for (const [listener, passes] of this.everything) if (passes(change.entityId)) listener(json);
    }
    if (this.fullEvents.size === 0) return;
    const json = stateChangedEventJson(change);
    for (const listener of this.fullEvents) listener(json);
  }
}
