import { MeterReading } from '@smart-meter/meter-adapter';
import { FollowedSources } from '../changes/stream-changes';
import { EntityState, unitOf } from '../entity-state/entity-state';
import { HomeAssistantConnection } from '../websocket/connection';
import { EntityHistory, HistoricalState, readStateHistory, readStatesAt } from './state-history';
import { Interval } from './time-ranges';

/** Reads the states of one interval after the other, each by the unit of its time. */
export class StateReader {
  /** At the end of the chunk before; undefined where that is not known. */
  private unitsAtStart: Map<string, string | undefined> | undefined;

  constructor(
    private readonly connection: HomeAssistantConnection,
    private readonly sources: FollowedSources,
    private readonly now: ReadonlyMap<string, EntityState>,
    private readonly signal: AbortSignal,
  ) {}

  /** Every change of the interval, oldest first. */
  async read(interval: Interval): Promise<{ readings: MeterReading[]; changes: number }> {
    const histories = await this.readStates(interval);
    const changes = [...histories.values()].flatMap((history) => history.changes);
    changes.sort((a, b) => a.lastUpdatedAt.getTime() - b.lastUpdatedAt.getTime());
    return { readings: [...this.toReadings(histories, changes)], changes: changes.length };
  }

  /**
   * Attributes make history five times as large, and the unit is all that is needed of them. So they are read at both
   * ends of the chunk, and throughout only for entities whose unit differs there.
   */
  private async readStates(interval: Interval): Promise<Map<string, EntityHistory>> {
    const { entityIds } = this.sources;
    const unitsAtStart = this.unitsAtStart ?? (await this.unitsAt(interval.fromMs));
    const unitsAtEnd = await this.unitsAt(interval.toMs);
    this.unitsAtStart = unitsAtEnd;
    const isSteady = (entityId: string) => {
      const unit = unitsAtStart.get(entityId);
      return unit !== undefined && unit === unitsAtEnd.get(entityId);
    };
    const read = (ids: string[], withAttributes: boolean) =>
      readStateHistory(this.connection, { entityIds: ids, interval, withAttributes }, this.signal);
    const steady = await read(entityIds.filter(isSteady), false);
    for (const [entityId, { atStart, changes }] of steady) {
      const attributes = { unit_of_measurement: unitsAtEnd.get(entityId) };
      for (const state of atStart ? [atStart, ...changes] : changes) state.attributes = attributes;
    }
    const others = await read(
      entityIds.filter((entityId) => !isSteady(entityId)),
      true,
    );
    return new Map([...steady, ...others]);
  }

  private async unitsAt(atMs: number): Promise<Map<string, string | undefined>> {
    const states = await readStatesAt(this.connection, this.sources.entityIds, atMs, this.signal);
    return new Map(
      [...states].map(([entityId, { attributes }]) => [
        entityId,
        attributes ? unitOf({ attributes }) : undefined,
      ]),
    );
  }

  private *toReadings(
    histories: ReadonlyMap<string, EntityHistory>,
    changes: readonly HistoricalState[],
  ): Generator<MeterReading> {
    const states = new Map<string, EntityState>();
    for (const [entityId, { atStart }] of histories) {
      if (atStart) states.set(entityId, this.entityState(atStart));
    }
    for (const change of changes) {
      states.set(change.entityId, this.entityState(change));
      const reading = this.sources.toReading({
        at: change.lastUpdatedAt,
        states,
        changedEntityIds: new Set([change.entityId]),
        averagedOverS: 0,
      });
      if (reading) yield reading;
    }
  }

  private entityState(state: HistoricalState): EntityState {
    // Old recorders store no attributes: then the unit of now is the best there is.
    const attributes = state.attributes ?? this.now.get(state.entityId)?.attributes ?? {};
    return { ...state, attributes, lastReportedAt: null };
  }
}
