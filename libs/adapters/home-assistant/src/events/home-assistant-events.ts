import {
  Clock,
  keepStreaming,
  MeterError,
  systemClock,
  TimeRange,
  toMeterError,
} from '@smart-meter/meter-adapter';
import { HomeAssistantAccess, resolveAccess } from '../address';
import { EntityFilter, EntityStream, statesNow } from '../changes/entity-stream';
import { HistoricalState, readStateHistory, toEntityState } from '../history/state-history';
import { recorderHasStored } from '../history/recorder-barrier';
import { HomeAssistantConnector } from '../websocket/connector';
import { followEntities, readEntities } from './registered-entities';
import { RegisteredEntity } from './registered-entity';
import { EVENT_DOMAINS, HomeAssistantEvent, homeAssistantEvent } from './home-assistant-event';

const DAY_MS = 24 * 60 * 60_000;

export interface HomeAssistantEventsOptions extends HomeAssistantAccess {
  clock?: Clock;
  random?: () => number;
  /** Default: `EVENT_DOMAINS`. */
  domains?: readonly string[];
}

export interface HomeAssistantEventListener {
  /** At each connection, before any event, and when some have come or gone: the entities of the registry. */
  onEntities?(entities: readonly RegisteredEntity[]): void;
  /**
   * An entity was renamed. Home Assistant tells it just after the state has gone to the new id. What was renamed while
   * nobody was connected shows in `onEntities` alone.
   */
  onRenamed?(from: string, to: string): void;
  /** From now on events arrive; `between` has those since the last connection ended. */
  onConnected(): void;
  /** In the order in which Home Assistant tells them. */
  onEvent(event: HomeAssistantEvent): void;
  onDisconnected?(error: MeterError, retryInMs: number): void;
}

/** What happens in a home beside its meters: lamps, switches, thermostats, ... */
export class HomeAssistantEvents {
  private readonly domains: readonly string[];
  private readonly filter: EntityFilter;
  private readonly clock: Clock;
  private readonly connector: HomeAssistantConnector;

  /** Throws `MeterError` (`configuration`) where address or token are missing or wrong. */
  constructor(private readonly options: HomeAssistantEventsOptions) {
    const { webSocketUrl, token } = resolveAccess(options);
    this.domains = options.domains ?? EVENT_DOMAINS;
    this.filter = { domains: this.domains };
    this.clock = options.clock ?? systemClock;
    this.connector = new HomeAssistantConnector({ webSocketUrl, token, clock: this.clock });
  }

  /**
   * Follows the home for as long as the signal allows, and reconnects.
   * Of the two ways to follow, `subscribe_entities` sends but the chosen domains and but what changed;
   * `state_changed` would send every sensor of the home, with all attributes, twice.
   * Rejects with a `MeterError` that is not retryable (a refused token).
   */
  async subscribe(listener: HomeAssistantEventListener, signal: AbortSignal): Promise<void> {
    const { random } = this.options;
    await keepStreaming(
      { stream: ({ onConnected }, during) => this.followOnce(listener, onConnected, during) },
      { onConnected: () => listener.onConnected(), onReading: () => undefined },
      {
        clock: this.clock,
        signal,
        ...(random ? { random } : {}),
        onDisconnected: (error, retryInMs) => listener.onDisconnected?.(error, retryInMs),
      },
    );
  }

  /** The entities of the registry that there are now. Throws `MeterError`. */
  async entities(signal: AbortSignal): Promise<RegisteredEntity[]> {
    return this.connector.use((connection) => readEntities(connection, this.domains, signal), signal);
  }

  /**
   * What happened with `from < at <= to`, oldest first, of the entities that there are now, as far back as the
   * recorder keeps their states. Throws `MeterError`.
   * @param formerIds entities that went by these ids then: now and then the recorder does not move history along
   */
  async *between(
    range: TimeRange,
    signal: AbortSignal,
    formerIds: readonly string[] = [],
  ): AsyncGenerator<HomeAssistantEvent> {
    const connection = await this.connector.connect(signal);
    try {
      const now = await statesNow(connection, this.filter, signal);
      const entityIds = [...new Set([...now.keys(), ...formerIds])];
      await recorderHasStored(connection, this.clock, signal);
      const toMs = range.to.getTime();
      for (let fromMs = range.from.getTime(); fromMs < toMs; fromMs += DAY_MS) {
        const interval = { fromMs, toMs: Math.min(fromMs + DAY_MS, toMs) };
        const query = { entityIds, interval, withAttributes: true };
        const histories = await readStateHistory(connection, query, signal);
        const events = [...histories.values()].flatMap(({ atStart, changes }) => eventsOf(atStart, changes));
        yield* events.sort((a, b) => a.at.getTime() - b.at.getTime());
        signal.throwIfAborted();
      }
    } finally {
      connection.close();
    }
  }

  private async followOnce(
    listener: HomeAssistantEventListener,
    onConnected: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.connector.use(async (connection) => {
        const entities = new EntityStream(connection, {
          onSnapshot: onConnected,
          onChange: ({ before, after }) => {
            const event = homeAssistantEvent(before, after);
            if (event) listener.onEvent(event);
          },
        });
        const during = AbortSignal.any([signal, connection.endedSignal]);
        await followEntities(connection, this.domains, listener, this.clock, during);
        await entities.follow(this.filter, during);
        await new Promise((_resolve, reject) => {
          during.addEventListener('abort', () => reject(during.reason as MeterError), { once: true });
          if (during.aborted) reject(during.reason as MeterError);
        });
      }, signal);
    } catch (error) {
      if (!signal.aborted) throw toMeterError(error, 'following the events of Home Assistant');
    }
  }
}

function eventsOf(
  atStart: HistoricalState | undefined,
  changes: readonly HistoricalState[],
): HomeAssistantEvent[] {
  let before = atStart ? toEntityState(atStart) : null;
  return changes.flatMap((change) => {
    const after = toEntityState(change);
    const event = homeAssistantEvent(before, after);
    before = after;
    return event ?? [];
  });
}
