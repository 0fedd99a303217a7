import {
  HomeAssistantEvent,
  HomeAssistantEvents,
  RegisteredEntity,
} from '@smart-meter/adapter-home-assistant';
import { HomeEvent } from '@smart-meter/correlation';
import { Clock, isMeterError, MeterError, toMeterError } from '@smart-meter/meter-adapter';
import { Logger } from 'pino';
import { EntityNames } from './entity-names';
import { EventFeed } from './event-feed';
import { EventInbox } from './event-inbox';

export interface LiveEventsOptions {
  events: Pick<HomeAssistantEvents, 'subscribe' | 'between' | 'entities'>;
  inbox: EventInbox;
  names: EntityNames;
  clock: Clock;
  logger: Logger;
}

/** How long an event waits for others to share a transaction with. */
const GATHER_MS = 20;
/** A refused token is tried again after this. */
const REFUSED_RETRY_MS = 10 * 60_000;
const EVENTS_PER_TRANSACTION = 500;
const CLOCK_TOLERANCE_MS = 60_000;

/**
 * Events of Home Assistant as they happen, and from its history whatever happened while nobody listened.
 * Each is on disk before any method sees it.
 */
export class LiveEvents implements EventFeed {
  readonly name = 'home_assistant';
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private gathered: HomeEvent[] = [];
  private gathering: NodeJS.Timeout | undefined;
  /** Whether events arrive. */
  private connected = false;
  /** Whether the inbox may lack events of the past: since the start, a lost connection, a failed write. */
  private hasGap = true;
  private lastError: MeterError | null = null;

  constructor(private readonly options: LiveEventsOptions) {}

  get isConnected(): boolean {
    return this.connected;
  }

  start(): void {
    this.running = this.follow();
  }

  async stop(): Promise<void> {
    this.stopping.abort(new Error('the service stops'));
    await this.running;
    this.flush();
  }

  async complete(from: Date, to: Date, signal: AbortSignal): Promise<Date> {
    this.flush();
    if (!this.connected) {
      throw this.lastError ?? new MeterError('unavailable', 'Home Assistant is not connected yet');
    }
    if (!this.hasGap) return to;
    this.hasGap = false;
    try {
      // Home Assistant's clock may be ahead of ours.
      await this.readPast({ from, to: new Date(to.getTime() + CLOCK_TOLERANCE_MS) }, signal);
      this.options.names.forgetFormerNames();
    } catch (error) {
      this.hasGap = true;
      if (signal.aborted) throw error;
      throw toMeterError(error, 'reading the events of the past');
    }
    return to;
  }

  async readNames(signal: AbortSignal): Promise<void> {
    this.observe(await this.options.events.entities(signal));
  }

  /** What the recorder has under a former name counts as that of the entity now. */
  async readPast(period: { from: Date; to: Date }, signal: AbortSignal): Promise<void> {
    const { events, inbox, names } = this.options;
    const formerNames = names.formerNames();
    let batch: HomeEvent[] = [];
    for await (const event of events.between(period, signal, [...formerNames.keys()])) {
      batch.push(homeEvent(event, formerNames.get(event.entityId)));
      if (batch.length < EVENTS_PER_TRANSACTION) continue;
      inbox.add(batch);
      batch = [];
    }
    inbox.add(batch);
  }

  private async follow(): Promise<void> {
    const { events, clock, logger } = this.options;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await events.subscribe(
          {
            onEntities: (entities) => this.observe(entities),
            onRenamed: (from, to) => {
              this.flush();
              this.options.names.renamed(from, to);
              logger.info({ from, to }, 'an entity was renamed');
            },
            onConnected: () => {
              this.connected = true;
              this.lastError = null;
            },
            onEvent: (event) => this.gather(homeEvent(event)),
            onDisconnected: (error, retryInMs) => {
              this.disconnected(error);
              logger.warn(
                { err: error, retry_in_ms: Math.round(retryInMs) },
                'Home Assistant is not connected',
              );
            },
          },
          signal,
        );
      } catch (error) {
        this.disconnected(toMeterError(error, 'following the events of Home Assistant'));
        logger.error({ err: error }, 'Home Assistant refuses to be followed');
      }
      await clock.sleep(REFUSED_RETRY_MS, signal).catch(() => undefined /* stopping */);
    }
  }

  private observe(entities: readonly RegisteredEntity[]): void {
    const { names, logger } = this.options;
    for (const rename of names.observe(entities)) logger.info(rename, 'an entity was renamed meanwhile');
  }

  private disconnected(error: unknown): void {
    this.connected = false;
    this.hasGap = true;
    this.lastError = isMeterError(error) ? error : null;
  }

  private gather(event: HomeEvent): void {
    this.gathered.push(event);
    if (this.gathered.length >= EVENTS_PER_TRANSACTION) this.flush();
    else this.gathering ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  /**
   * What cannot be written now is read from the history later. Where an entity has the name of one that was itself
   * renamed, its events wait until that is done.
   */
  private flush(): void {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    if (this.gathered.length === 0) return;
    const taken = new Set(this.options.names.waiting().map(({ from }) => from));
    const events = this.gathered.filter(({ entityId }) => !taken.has(entityId));
    this.gathered = this.gathered.filter(({ entityId }) => taken.has(entityId));
    try {
      this.options.inbox.add(events);
    } catch (error) {
      this.hasGap = true;
      this.options.logger.error({ err: error, events: events.length }, 'events cannot be stored');
    }
  }
}

/** @param currentName of an entity that has been renamed since */
function homeEvent(
  { eventId, entityId, at, state, previousState, attributes }: HomeAssistantEvent,
  currentName = entityId,
): HomeEvent {
  return {
    eventId: currentName === entityId ? eventId : `${currentName}@${at.getTime()}`,
    entityId: currentName,
    atMs: at.getTime(),
    state,
    ...(previousState === null ? {} : { previousState }),
    attributes: { ...attributes },
  };
}
