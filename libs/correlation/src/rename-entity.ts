import { Attribution } from './attribution';
import type { EngineState } from './engine';
import { domainOf } from './home-event';
import { SavedTimeline } from './timeline';
import { insertSorted, TrackedEvent } from './tracked-event';

/** The same state of a home in which an entity goes by another name. */
export function renamedState(state: EngineState, from: string, to: string): EngineState {
  const rename = new Renaming(from, to);
  return {
    ...state,
    entities: rename.keyed(state.entities),
    timelines: state.timelines.map((timeline) => rename.timeline(timeline)),
  };
}

class Renaming {
  constructor(
    private readonly from: string,
    private readonly to: string,
  ) {}

  /** Entries by entity; what is known of the entity counts, not what was known of another under its new name. */
  keyed<Value>(entries: [entityId: string, value: Value][]): [entityId: string, value: Value][] {
    const { from, to } = this;
    if (!entries.some(([entityId]) => entityId === from)) return entries;
    return entries
      .filter(([entityId]) => entityId !== to)
      .map(([entityId, value]) => [entityId === from ? to : entityId, value]);
  }

  timeline(saved: SavedTimeline): SavedTimeline {
    const pending: TrackedEvent[] = [];
    // Events of one instant are in the order of their ids.
    for (const event of saved.pending) insertSorted(pending, this.event(event));
    return {
      ...saved,
      pending,
      solved: saved.solved.map((group) => ({
        ...group,
        events: group.events.map((event) => this.event(event)),
        before: this.keyed(group.before),
      })),
    };
  }

  private event(event: TrackedEvent): TrackedEvent {
    return { ...this.named(event), answer: event.answer && this.answer(event.answer) };
  }

  private answer(answer: Attribution): Attribution {
    return { ...this.named(answer), coEvents: answer.coEvents.map((other) => this.named(other)) };
  }

  private named<Named extends { eventId: string; entityId: string; domain?: string }>(item: Named): Named {
    const { from, to } = this;
    const { eventId, entityId, domain } = item;
    return {
      ...item,
      eventId: eventId.startsWith(`${from}@`) ? `${to}${eventId.slice(from.length)}` : eventId,
      entityId: entityId === from ? to : entityId,
      ...(domain === undefined || entityId !== from ? {} : { domain: domainOf(to) }),
    };
  }
}
