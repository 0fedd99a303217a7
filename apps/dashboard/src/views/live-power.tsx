import { useMemo, useState } from 'preact/hooks';
import { GapsAnswer } from '../api/answers';
import { gapBands } from '../chart/gap-bands';
import { PowerChart } from '../chart/power-chart';
import { heldUntil } from '../chart/power-columns';
import { Choice } from '../parts/choice';
import { Broken, Empty, Loading } from '../parts/states';
import { nowMs } from '../state/clock';
import { api, connection, consumption, reconnectNow } from '../state/live';
import { LIVE_WINDOWS, useLiveColumns } from '../state/live-columns';
import { useMarks } from '../state/marks';
import { useResource } from '../state/resource';

const SHORTEST_S = 60;

/** Where the chart begins: of a new home, with the first that is known; else it were empty but for a line at its edge. */
function liveStart(to: number, lengthS: number, first: number): number {
  return Math.max(to - lengthS, Math.min(first, to - SHORTEST_S));
}

/** The power chart that moves. */
export function LivePower({ timeZone }: { timeZone: string }) {
  const [window, setWindow] = useState(LIVE_WINDOWS[0]);
  const { columns, version, loading, error } = useLiveColumns(window);
  const to = Math.floor(nowMs.value / 1000);
  const minute = Math.floor(to / 60) * 60;
  const from = new Date((minute - window.lengthS) * 1000).toISOString();
  const gaps = useResource(
    `gaps ${window.lengthS}`,
    (signal) => api.json<GapsAnswer>(`./gaps?from=${from}`, signal),
    30_000,
  );
  const bands = useMemo(() => (gaps.value ? gapBands(gaps.value) : []), [gaps.value]);
  const marks = useMarks(window.label, () => [Date.now() - window.lengthS * 1000, Date.now()]);
  const known = [
    columns.times[0] ?? to,
    ...marks.map(({ atMs }) => atMs / 1000),
    ...bands.map(({ fromMs }) => fromMs / 1000),
  ];
  const start = liveStart(to, window.lengthS, Math.min(...known));
  const bounds = useMemo(() => ({ from: start, to }), [to, start]);
  const isLive = connection.value.state === 'live';
  const shown = useMemo(() => (isLive ? heldUntil(columns, to) : columns), [columns, version, isLive, to]);
  const averaged = (consumption.value?.averaged_over_s ?? 0) > 0;
  return (
    <>
      <div class="headline-choice">
        <Choice
          label="How much is shown"
          options={LIVE_WINDOWS.map(({ lengthS, label }) => ({ value: lengthS, label }))}
          value={window.lengthS}
          onChoose={(lengthS) =>
            setWindow(LIVE_WINDOWS.find((one) => one.lengthS === lengthS) ?? LIVE_WINDOWS[0])
          }
        />
      </div>
      {loading && <Loading what="the last readings" />}
      {!loading && columns.times.length === 0 && error && (
        <Broken what="The last readings" error={error} onRetry={reconnectNow} />
      )}
      {!loading && columns.times.length === 0 && !error && (
        <Empty
          title="No readings in this time"
          hint="The line begins with the next reading; choose a longer time to look further back."
        />
      )}
      {!loading && columns.times.length > 0 && (
        <PowerChart
          columns={shown}
          version={version}
          bounds={bounds}
          bands={bands}
          marks={marks}
          timeZone={timeZone}
          holds={window.stepS !== null ? null : averaged ? 'since last' : 'until next'}
          label={`Power of the last ${window.label}.`}
        />
      )}
    </>
  );
}
