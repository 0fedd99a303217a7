import { expectArray, expectObject, expectString, JsonObject, MeterError } from '@smart-meter/meter-adapter';
import { EntityState } from '../entity-state/entity-state';
import { refusalCode } from '../websocket/command-refusal';
import { HomeAssistantConnection, Subscription } from '../websocket/connection';
import { applyStateDiff, parseCompressedState } from './compressed-state';

/** Which entities: by id, or all of some domains. */
export type EntityFilter = { entityIds: readonly string[] } | { domains: readonly string[] };

/** One entity that changed; at most one of the two is null. */
export interface EntityChange {
  before: EntityState | null;
  /** null: it was removed. */
  after: EntityState | null;
}

export interface EntityStreamListener {
  /** After `follow`: all that is in force. Changes are told from here on. */
  onSnapshot(states: ReadonlyMap<string, EntityState>): void;
  /** In order. The states are those after the change. */
  onChange(change: EntityChange, states: ReadonlyMap<string, EntityState>): void;
}

/** The states of chosen entities over one connection, kept exactly by the compressed changes of `subscribe_entities`. */
export class EntityStream {
  private states = new Map<string, EntityState>();
  private current: Subscription | undefined;
  private lastSubscription = 0;
  /** The subscription that the states come from: the one before, until the next has sent its snapshot. */
  private activeSubscription = 0;

  constructor(
    private readonly connection: HomeAssistantConnection,
    private readonly listener: EntityStreamListener,
  ) {}

  /**
   * Follows these entities from now on, instead of those before. The ones before are followed until the new ones
   * have arrived, so that nothing is missed in between. Resolves once they have.
   * What Home Assistant sends and should not ends the connection with `malformed_response`.
   */
  async follow(filter: EntityFilter, signal: AbortSignal): Promise<void> {
    const number = ++this.lastSubscription;
    const before = this.current;
    const isNothing = 'entityIds' in filter && filter.entityIds.length === 0;
    // An empty list would mean every entity.
    if (isNothing) this.adopt(new Map(), number);
    else this.current = await this.subscribe(filter, number, signal);
    before?.unsubscribe();
  }

  private async subscribe(filter: EntityFilter, number: number, signal: AbortSignal): Promise<Subscription> {
    if ('entityIds' in filter) return this.subscribeTo({ entity_ids: filter.entityIds }, number, signal);
    try {
      return await this.subscribeTo({ include: { domains: filter.domains } }, number, signal);
    } catch (error) {
      // Not known yet in the spring of 2024: there everything comes, and is sorted out here.
      if (refusalCode(error) !== 'invalid_format') throw error;
      return this.subscribeTo({}, number, signal, (event) => onlyDomains(event, filter.domains));
    }
  }

  private async subscribeTo(
    wanted: JsonObject,
    number: number,
    signal: AbortSignal,
    select: (event: unknown) => unknown = (event) => event,
  ): Promise<Subscription> {
    let hasSnapshot = false;
    const onEvent = (event: unknown) => {
      if (!hasSnapshot) this.adopt(snapshotOf(select(event)), number);
      else if (number === this.activeSubscription) this.apply(select(event));
      hasSnapshot = true;
    };
    const subscription = await this.connection.subscribe('subscribe_entities', wanted, onEvent, { signal });
    // Answers come in the order of their questions, so after this one the snapshot must be there.
    if (!hasSnapshot) await this.connection.command('ping', {}, { signal });
    if (!hasSnapshot)
      throw new MeterError('malformed_response', 'Home Assistant sent no states to begin with');
    return subscription;
  }

  private adopt(states: Map<string, EntityState>, subscription: number): void {
    this.activeSubscription = subscription;
    this.states = states;
    this.listener.onSnapshot(states);
  }

  private apply(event: unknown): void {
    const { a: added = {}, c: changed = {}, r: removed = [] } = expectObject(event, 'subscribe_entities');
    const next = snapshotOf({ a: added });
    for (const [entityId, value] of Object.entries(expectObject(changed, 'subscribe_entities.c'))) {
      const before = next.get(entityId) ?? this.states.get(entityId);
      if (!before) throw new MeterError('malformed_response', `${entityId} changed before it was there`);
      next.set(entityId, applyStateDiff(before, value));
    }
    // One event may tell of several entities: told in the order in which they changed.
    const inOrder = [...next.values()].sort((a, b) => Number(a.lastUpdatedAt) - Number(b.lastUpdatedAt));
    for (const after of inOrder) this.tell({ before: this.states.get(after.entityId) ?? null, after });
    for (const value of expectArray(removed, 'subscribe_entities.r')) {
      const before = this.states.get(expectString(value, 'subscribe_entities.r'));
      if (before && !next.has(before.entityId)) this.tell({ before, after: null });
    }
  }

  private tell(change: EntityChange): void {
    const { before, after } = change;
    if (before && after && isSame(before, after)) return;
    if (after) this.states.set(after.entityId, after);
    else if (before) this.states.delete(before.entityId);
    this.listener.onChange(change, this.states);
  }
}

/** What is in force now. */
export async function statesNow(
  connection: HomeAssistantConnection,
  filter: EntityFilter,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, EntityState>> {
  let now: ReadonlyMap<string, EntityState> = new Map();
  const entities = new EntityStream(connection, {
    onSnapshot: (states) => (now = states),
    onChange: () => undefined,
  });
  await entities.follow(filter, signal);
  const snapshot = now;
  await entities.follow({ entityIds: [] }, signal);
  return snapshot;
}

function onlyDomains(event: unknown, domains: readonly string[]): JsonObject {
  const { a: added = {}, c: changed = {}, r: removed = [] } = expectObject(event, 'subscribe_entities');
  const isWanted = (entityId: unknown) => domains.some((domain) => String(entityId).startsWith(`${domain}.`));
  const select = (entities: unknown, field: string) =>
    Object.fromEntries(
      Object.entries(expectObject(entities, field)).filter(([entityId]) => isWanted(entityId)),
    );
  return {
    a: select(added, 'subscribe_entities.a'),
    c: select(changed, 'subscribe_entities.c'),
    r: expectArray(removed, 'subscribe_entities.r').filter(isWanted),
  };
}

function snapshotOf(event: unknown): Map<string, EntityState> {
  const { a: added = {} } = expectObject(event, 'subscribe_entities');
  return new Map(
    Object.entries(expectObject(added, 'subscribe_entities.a')).map(([entityId, value]) => [
      entityId,
      parseCompressedState(entityId, value),
    ]),
  );
}

/** Home Assistant also tells that only the context changed. */
function isSame(before: EntityState, after: EntityState): boolean {
  return (
    before.state === after.state &&
    before.attributes === after.attributes &&
    before.lastUpdatedAt?.getTime() === after.lastUpdatedAt?.getTime()
  );
}
