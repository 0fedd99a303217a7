import { MeterReading } from '@smart-meter/meter-adapter';
import { FollowedSources } from '../changes/stream-changes';
import { HomeAssistantConnection } from '../websocket/connection';
import { readStatistics, STATISTICS_PERIODS, StatisticsBucket } from './statistics';
import { Interval, overlaps, uncovered } from './time-ranges';

/** Readings from statistics, finest first, and the parts of the interval that have none. */
export async function readMeans(
  connection: HomeAssistantConnection,
  { sources, interval }: { sources: FollowedSources; interval: Interval },
  signal: AbortSignal,
): Promise<{ readings: MeterReading[]; missing: Interval[] }> {
  const { entityIds } = sources;
  const used: { bucket: StatisticsBucket; averagedOverS: number }[] = [];
  let missing = [interval];
  for (const period of STATISTICS_PERIODS) {
    if (missing.length === 0) break;
    const finer = used.map(({ bucket }) => bucket);
    for (const bucket of await readStatistics(connection, { entityIds, interval, period }, signal)) {
      if (!finer.some((other) => overlaps(bucket, other)))
        used.push({ bucket, averagedOverS: period.seconds });
    }
    missing = uncovered(
      interval,
      used.map(({ bucket }) => bucket),
    );
  }
  used.sort((a, b) => a.bucket.toMs - b.bucket.toMs);
  const readings = used.flatMap(({ bucket: { toMs, states }, averagedOverS }) => {
    const changedEntityIds = new Set(states.keys());
    return sources.toReading({ at: new Date(toMs), states, changedEntityIds, averagedOverS }) ?? [];
  });
  return { readings, missing };
}
