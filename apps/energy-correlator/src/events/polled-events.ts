import { HomeEvent } from '@smart-meter/correlation';
import { HomeEventSource, StoredHomeEvent } from '@smart-meter/reading-source';
import { EventFeed } from './event-feed';
import { EventInbox } from './event-inbox';

const EVENTS_PER_TRANSACTION = 500;

/** Events of a database, read anew in every run: an event that was written late is found as well. */
export class PolledEvents implements EventFeed {
  readonly isConnected = null;

  constructor(
    readonly name: string,
    private readonly source: HomeEventSource,
    private readonly inbox: EventInbox,
  ) {}

  start(): void {
    // There is no connection to hold.
  }

  async stop(): Promise<void> {
    // The signal of a run ends what is under way.
  }

  async complete(from: Date, to: Date, signal: AbortSignal): Promise<Date> {
    await this.readPast({ from, to }, signal);
    return to;
  }

  async readNames(): Promise<void> {
    // A database keeps each event under the name of its time, and tells of no renames.
  }

  async readPast(period: { from: Date; to: Date }, signal: AbortSignal): Promise<void> {
    let batch: HomeEvent[] = [];
    for await (const event of this.source.events(period, signal)) {
      batch.push(homeEvent(event));
      if (batch.length < EVENTS_PER_TRANSACTION) continue;
      this.inbox.add(batch);
      batch = [];
    }
    this.inbox.add(batch);
  }
}

function homeEvent({ entityId, at, state, previousState, attributes }: StoredHomeEvent): HomeEvent {
  return {
    entityId,
    atMs: at.getTime(),
    state,
    ...(previousState === undefined ? {} : { previousState }),
    ...(attributes === undefined ? {} : { attributes: { ...attributes } }),
  };
}
