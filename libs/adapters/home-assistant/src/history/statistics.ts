import { expectArray, expectObject, isJsonObject, numberOrNull } from '@smart-meter/meter-adapter';
import { EntityState, textAttribute } from '../entity-state/entity-state';
import { HomeAssistantConnection } from '../websocket/connection';
import { Interval } from './time-ranges';

const REQUEST_TIMEOUT_MS = 60_000;
/** What the values of a class are asked for in, and so come in. */
const UNITS = { power: 'W', energy: 'kWh' } as const;

export const STATISTICS_PERIODS = [
  { period: '5minute', seconds: 300 },
  { period: 'hour', seconds: 3600 },
] as const;
export type StatisticsPeriod = (typeof STATISTICS_PERIODS)[number];

/** What the statistics say of one bucket of time, by entity. */
export interface StatisticsBucket extends Interval {
  /** The state is the mean of a measurement, and the reading at the end of a counter; the unit is W or kWh. */
  states: Map<string, EntityState>;
}

/** Buckets that end within the interval, oldest first; those of which nothing is known are missing. */
export async function readStatistics(
  connection: HomeAssistantConnection,
  query: { entityIds: readonly string[]; interval: Interval; period: StatisticsPeriod },
  signal: AbortSignal,
): Promise<StatisticsBucket[]> {
  const { entityIds, interval, period } = query;
  if (entityIds.length === 0) return [];
  const options = { signal, timeoutMs: REQUEST_TIMEOUT_MS };
  const units = await statisticsUnits(connection, entityIds, options);
  const result = await connection.command(
    'recorder/statistics_during_period',
    {
      start_time: new Date(interval.fromMs - period.seconds * 1000).toISOString(),
      end_time: new Date(interval.toMs).toISOString(),
      statistic_ids: [...entityIds],
      period: period.period,
      types: ['mean', 'state'],
      units: UNITS,
    },
    options,
  );
  const buckets = new Map<number, StatisticsBucket>();
  for (const [entityId, rows] of Object.entries(expectObject(result, 'statistics'))) {
    const unit = units.get(entityId);
    if (unit === undefined) continue;
    for (const row of expectArray(rows, `statistics of ${entityId}`)) {
      const { start, mean, state } = expectObject(row, `statistics of ${entityId}`);
      const fromMs = numberOrNull(start);
      const value = numberOrNull(mean) ?? numberOrNull(state);
      if (fromMs === null || value === null) continue;
      const toMs = fromMs + period.seconds * 1000;
      if (toMs <= interval.fromMs || toMs > interval.toMs) continue;
      const bucket = buckets.get(fromMs) ?? { fromMs, toMs, states: new Map<string, EntityState>() };
      buckets.set(fromMs, bucket);
      bucket.states.set(entityId, statisticState(entityId, value, unit, new Date(toMs)));
    }
  }
  return [...buckets.values()].sort((a, b) => a.fromMs - b.fromMs);
}

/** The unit that the values of each statistic come in. */
async function statisticsUnits(
  connection: HomeAssistantConnection,
  entityIds: readonly string[],
  options: { signal: AbortSignal; timeoutMs: number },
): Promise<Map<string, string>> {
  const result = await connection.command(
    'recorder/get_statistics_metadata',
    { statistic_ids: [...entityIds] },
    options,
  );
  const units = new Map<string, string>();
  for (const item of expectArray(result, 'statistics metadata')) {
    if (!isJsonObject(item)) continue;
    const entityId = textAttribute(item, 'statistic_id');
    const unitClass = textAttribute(item, 'unit_class');
    const unit =
      unitClass === 'power' || unitClass === 'energy'
        ? UNITS[unitClass]
        : textAttribute(item, 'statistics_unit_of_measurement');
    if (entityId !== undefined && unit !== undefined) units.set(entityId, unit);
  }
  return units;
}

function statisticState(entityId: string, value: number, unit: string, at: Date): EntityState {
  return {
    entityId,
    state: String(value),
    attributes: { unit_of_measurement: unit },
    lastChangedAt: at,
    lastUpdatedAt: at,
    lastReportedAt: null,
  };
}
