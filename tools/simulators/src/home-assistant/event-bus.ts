import { SimulatorClock } from '../shared';
import { newContextId } from './context-id';
import { eventJson } from './state-json';

export type EventListener = (eventType: string, json: string) => void;

/** Events other than state changes, already in the form in which clients get them. */
export class EventBus {
  private readonly listeners = new Set<EventListener>();

  constructor(private readonly clock: SimulatorClock) {}

  listen(listener: EventListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  fire(eventType: string, data: unknown): void {
    const atMs = this.clock.now().getTime();
    const context = { id: newContextId(atMs), parentId: null, userId: null };
    const json = eventJson(eventType, JSON.stringify(data), atMs, context);
    for (const listener of this.listeners) listener(eventType, json);
  }
}
