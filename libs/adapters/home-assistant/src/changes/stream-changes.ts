import {
  Clock,
  expectObject,
  MeterError,
  MeterReading,
  StreamListener,
  toMeterError,
} from '@smart-meter/meter-adapter';
import { EntityState } from '../entity-state/entity-state';
import { HomeAssistantConnection } from '../websocket/connection';
import { HomeAssistantConnector } from '../websocket/connector';
import { EntityStream } from './entity-stream';
import { StateChange } from './state-change';

/** A registry update comes with a few others: they are answered by one new plan. */
const REGISTRY_SETTLE_MS = 250;

/** What to follow, and what to make of it. */
export interface FollowedSources {
  entityIds: readonly string[];
  /** null where the change says nothing about the home's power. */
  toReading(change: StateChange): MeterReading | null;
}

export interface StreamChangesOptions {
  connector: HomeAssistantConnector;
  clock: Clock;
  /** Asked on every connection, over that connection, and again when entities are renamed, added or removed. */
  planSources(connection: HomeAssistantConnection, signal: AbortSignal): Promise<FollowedSources>;
}

/**
 * One connection's worth of `StreamingMeter.stream`: each change becomes a reading of its own time. First comes one
 * reading of everything, of the time of the latest change, since when it is in force.
 * `onConnected` is called again when other entities are followed: history may have more of those.
 */
export async function streamChanges(
  options: StreamChangesOptions,
  listener: StreamListener,
  signal: AbortSignal,
): Promise<void> {
  try {
    await options.connector.use((connection) => stream(options, connection, listener, signal), signal);
  } catch (error) {
    if (!signal.aborted) throw toMeterError(error, 'following Home Assistant');
  }
}

async function stream(
  { clock, planSources }: StreamChangesOptions,
  connection: HomeAssistantConnection,
  listener: StreamListener,
  signal: AbortSignal,
): Promise<void> {
  const during = AbortSignal.any([signal, connection.endedSignal]);
  const registry = new RegistryWatch();
  await registry.start(connection, during);
  let planned = await planSources(connection, during);
  let sources = planned;
  const tell = (change: StateChange) => {
    const reading = sources.toReading(change);
    if (reading) listener.onReading(reading);
  };
  const entities = new EntityStream(connection, {
    onSnapshot: (states) => {
      sources = planned;
      listener.onConnected();
      const change = snapshotChange(states, clock);
      if (change) tell(change);
    },
    onChange: ({ before, after }, states) => {
      const entityId = (after ?? before)?.entityId;
      if (entityId === undefined) return;
      tell({
        // A removal has no time of its own.
        at: after?.lastUpdatedAt ?? clock.now(),
        states,
        changedEntityIds: new Set([entityId]),
        averagedOverS: 0,
      });
    },
  });
  await entities.follow({ entityIds: planned.entityIds }, during);
  for (;;) {
    await registry.changed(during);
    await clock.sleep(REGISTRY_SETTLE_MS, during);
    registry.forget();
    planned = await planSources(connection, during);
    if (isSameSet(planned.entityIds, sources.entityIds)) sources = planned;
    else await entities.follow({ entityIds: planned.entityIds }, during);
  }
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  const inA = new Set(a);
  return inA.size === new Set(b).size && b.every((entityId) => inA.has(entityId));
}

/** Everything that is in force, as of the latest change: before that, some of it was not yet. */
function snapshotChange(states: ReadonlyMap<string, EntityState>, clock: Clock): StateChange | undefined {
  if (states.size === 0) return undefined;
  let latestMs = 0;
  for (const { lastUpdatedAt } of states.values())
    latestMs = Math.max(latestMs, lastUpdatedAt?.getTime() ?? 0);
  return {
    at: latestMs > 0 ? new Date(latestMs) : clock.now(),
    states,
    changedEntityIds: new Set(states.keys()),
    averagedOverS: 0,
  };
}

/** Notices that entities were renamed, added or removed. */
class RegistryWatch {
  private hasChanged = false;
  private wake: () => void = () => undefined;

  async start(connection: HomeAssistantConnection, signal: AbortSignal): Promise<void> {
    const onEvent = (event: unknown) => {
      const { data } = expectObject(event, 'entity_registry_updated');
      if (!concernsChoice(expectObject(data, 'entity_registry_updated.data'))) return;
      this.hasChanged = true;
      this.wake();
    };
    await connection.subscribe('subscribe_events', { event_type: 'entity_registry_updated' }, onEvent, {
      signal,
    });
  }

  async changed(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.hasChanged) return;
    await new Promise<void>((resolve, reject) => {
      this.wake = resolve;
      signal.addEventListener('abort', () => reject(signal.reason as MeterError), { once: true });
    });
  }

  forget(): void {
    this.hasChanged = false;
  }
}

/** What Home Assistant keeps up to date by itself, at every start and more often, changes no choice. */
const IRRELEVANT_CHANGES = new Set([
  'icon',
  'original_icon',
  'aliases',
  'categories',
  'supported_features',
  'capabilities',
]);

function concernsChoice({ action, changes }: { action?: unknown; changes?: unknown }): boolean {
  if (action !== 'update' || typeof changes !== 'object' || changes === null) return true;
  return Object.keys(changes).some((name) => !IRRELEVANT_CHANGES.has(name));
}
