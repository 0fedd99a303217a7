import { isJsonObject, JsonObject } from '@smart-meter/meter-adapter';
import { CounterEntity } from '../daily-energy/counter';
import { HomeAssistantConnection } from '../websocket/connection';

/**
 * The states that were in force at an instant, from the recorder's history; entities that it does not know are left
 * out. Throws `MeterError`.
 */
export async function statesAt(
  connection: Pick<HomeAssistantConnection, 'command'>,
  entityIds: readonly string[],
  at: Date,
  signal: AbortSignal,
): Promise<CounterEntity[]> {
  const history = await connection.command(
    'history/history_during_period',
    {
      start_time: at.toISOString(),
      end_time: new Date(at.getTime() + 1000).toISOString(),
      entity_ids: entityIds,
      include_start_time_state: true,
      significant_changes_only: false,
    },
    { signal },
  );
  if (!isJsonObject(history)) return [];
  return Object.entries(history).flatMap(([entityId, rows]) => {
    const first: unknown = Array.isArray(rows) ? rows[0] : undefined;
    return isJsonObject(first) ? (counterEntity(entityId, first) ?? []) : [];
  });
}

function counterEntity(entityId: string, { s: state, a: attributes }: JsonObject): CounterEntity | undefined {
  if (typeof state !== 'string') return undefined;
  return { entityId, state, attributes: isJsonObject(attributes) ? attributes : {}, lastChangedAt: null };
}
