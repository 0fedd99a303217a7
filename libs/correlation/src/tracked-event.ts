import { Attribution } from './attribution';
import { EntityLevel } from './effect-model';

/** An accepted event waiting for its answer or, until the watermark has passed it, for a revision. Plain JSON. */
export interface TrackedEvent {
  eventId: string;
  entityId: string;
  domain: string;
  atMs: number;
  level: EntityLevel;
  /** As reported with the event; null = take the last one seen. */
  reportedFrom: EntityLevel | null;
  /** True where the event only helps to explain the power and is answered on its own circuit. */
  companion: boolean;
  answer: Attribution | null;
}

/** Events in order of time, then id: the order must not depend on that of arrival. */
export function insertSorted(events: TrackedEvent[], event: TrackedEvent): void {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(eventAt(events, middle), event)) low = middle + 1;
    else high = middle;
  }
  events.splice(low, 0, event);
}

function isBefore(a: TrackedEvent, b: TrackedEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.eventId < b.eventId);
}

export function eventAt(events: TrackedEvent[], index: number): TrackedEvent {
  return events[index] as TrackedEvent;
}

export function lastEvent(events: TrackedEvent[]): TrackedEvent {
  return events[events.length - 1] as TrackedEvent;
}
