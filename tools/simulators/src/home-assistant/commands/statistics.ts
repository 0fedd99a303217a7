import { DateTime, DateTimeUnit } from 'luxon';
import { Home } from '../home';
import { HOUR_MS, FIVE_MINUTES_MS, mergeRows, StatisticsMetadata, StatisticsRow } from '../statistics';
import { conversionFactor, unitClassOf } from '../units';
import { Command, CommandError, CommandHandler } from '../websocket-connection';
import { idList, optionalTime, requiredTime } from './arguments';

const PERIODS = ['5minute', 'hour', 'day', 'week', 'month'] as const;
const TYPES = ['change', 'last_reset', 'max', 'mean', 'min', 'state', 'sum'] as const;

type Period = (typeof PERIODS)[number];
type StatisticType = (typeof TYPES)[number];

interface StatisticsQuery {
  readonly startMs: number;
  readonly endMs: number;
  readonly period: Period;
  readonly types: readonly StatisticType[];
  readonly units: Readonly<Record<string, string>>;
}

export function statisticsCommands(home: Home): Record<string, CommandHandler> {
  const describeAll = (ids: readonly string[] | null): unknown[] =>
    home.statistics.metadata
      .filter(({ statisticId }) => ids === null || ids.includes(statisticId))
      .map((metadata) => describe(home, metadata));
  return {
    'recorder/info': (connection, { id }) => {
      const { isRecording } = home.recorder;
      connection.sendResult(id, {
        backlog: 0,
        db_in_default_location: true,
        max_backlog: 65_000,
        migration_in_progress: false,
        migration_is_live: false,
        recording: isRecording,
        thread_running: true,
      });
    },

    'recorder/list_statistic_ids': (connection, { id, statistic_type: statisticType }) => {
      const wanted = home.statistics.metadata.filter(
        ({ hasMean, hasSum }) => statisticType === undefined || (statisticType === 'mean' ? hasMean : hasSum),
      );
      connection.sendResult(id, describeAll(wanted.map(({ statisticId }) => statisticId)));
    },

    'recorder/get_statistics_metadata': (connection, command) => {
      const ids = command['statistic_ids'] === undefined ? null : idList(command, 'statistic_ids');
      connection.sendResult(command.id, describeAll(ids));
    },

    'recorder/statistics_during_period': (connection, command) => {
      const ids = idList(command, 'statistic_ids');
      if (ids.length === 0) {
        const words =
          "length of value must be at least 1 for dictionary value @ data['statistic_ids']. Got []";
        throw new CommandError('invalid_format', words);
      }
      const query = readQuery(home, command);
      home.statistics.compileUntil(home.nowMs());
      const results: Record<string, unknown> = {};
      for (const id of ids) {
        const rows = statisticsOf(home, id, query);
        if (rows.length > 0) results[id] = rows;
      }
      connection.sendResult(command.id, results);
    },
  };
}

function readQuery(home: Home, command: Command): StatisticsQuery {
  const { timeZone } = home.options;
  const period = PERIODS.find((name) => name === command['period']);
  if (period === undefined) {
    const words = `not a valid value for dictionary value @ data['period']. Got '${String(command['period'])}'`;
    throw new CommandError('invalid_format', words);
  }
  const types = command['types'] === undefined ? TYPES : (idList(command, 'types') as StatisticType[]);
  return {
    startMs: requiredTime(command, 'start_time', timeZone),
    endMs: optionalTime(command, 'end_time', timeZone) ?? Number.POSITIVE_INFINITY,
    period,
    types,
    units: (command['units'] ?? {}) as Record<string, string>,
  };
}

function describe(home: Home, { statisticId, hasMean, hasSum, unit }: StatisticsMetadata): unknown {
  const displayUnit = home.states.get(statisticId)?.attributes.values['unit_of_measurement'] ?? unit;
  return {
    statistic_id: statisticId,
    display_unit_of_measurement: displayUnit,
    has_mean: hasMean,
    mean_type: hasMean ? 1 : 0,
    has_sum: hasSum,
    name: null,
    source: 'recorder',
    statistics_unit_of_measurement: unit,
    unit_class: unitClassOf(unit),
  };
}

function statisticsOf(home: Home, statisticId: string, query: StatisticsQuery): unknown[] {
  const metadata = home.statistics.metadataOf(statisticId);
  if (metadata === undefined) return [];
  const displayed = home.states.get(statisticId)?.attributes.values['unit_of_measurement'];
  const wantedUnit = query.units[unitClassOf(metadata.unit) ?? ''] ?? (displayed as string | undefined);
  const factor = conversionFactor(metadata.unit, wantedUnit ?? metadata.unit) ?? 1;
  const buckets = bucketsOf(home, statisticId, query);
  const baseline = sumBefore(home, statisticId, buckets[0]?.row.startMs ?? 0, query.period);
  return buckets.map(({ row, endMs }, index) => {
    const sumBeforeRow = index === 0 ? baseline : (buckets[index - 1]?.row.sum ?? null);
    const scaled = (value: number | null): number | null => (value === null ? null : value * factor);
    const values: Record<StatisticType, number | null> = {
      change: row.sum === null ? null : scaled(row.sum - (sumBeforeRow ?? 0)),
      last_reset: row.lastResetMs,
      max: scaled(row.max),
      mean: scaled(row.mean),
      min: scaled(row.min),
      state: scaled(row.state),
      sum: scaled(row.sum),
    };
    const chosen = TYPES.filter((type) => query.types.includes(type)).map((type) => [type, values[type]]);
    return { start: row.startMs, end: endMs, ...Object.fromEntries(chosen) };
  });
}

/** Rows with the end of their period; days and longer are put together from hours, by local time. */
function bucketsOf(
  home: Home,
  statisticId: string,
  { period, startMs, endMs }: StatisticsQuery,
): { row: StatisticsRow; endMs: number }[] {
  if (period === '5minute' || period === 'hour') {
    const lengthMs = period === 'hour' ? HOUR_MS : FIVE_MINUTES_MS;
    const rows = home.statistics.rows(statisticId, period, startMs, endMs);
    return rows.map((row) => ({ row, endMs: row.startMs + lengthMs }));
  }
  const zone = home.options.timeZone;
  const unit: DateTimeUnit = period;
  const firstMs = DateTime.fromMillis(startMs, { zone }).startOf(unit).toMillis();
  const byStart = new Map<number, StatisticsRow[]>();
  for (const row of home.statistics.rows(statisticId, 'hour', firstMs, endMs)) {
    const bucketMs = DateTime.fromMillis(row.startMs, { zone }).startOf(unit).toMillis();
    byStart.set(bucketMs, [...(byStart.get(bucketMs) ?? []), row]);
  }
  return [...byStart].map(([bucketMs, rows]) => ({
    row: mergeRows(rows, bucketMs),
    endMs: DateTime.fromMillis(bucketMs, { zone })
      .plus({ [unit]: 1 })
      .startOf(unit)
      .toMillis(),
  }));
}

function sumBefore(home: Home, statisticId: string, startMs: number, period: Period): number | null {
  const resolution = period === '5minute' ? '5minute' : 'hour';
  return home.statistics.rows(statisticId, resolution, Number.NEGATIVE_INFINITY, startMs).at(-1)?.sum ?? null;
}
