import { useMemo } from 'preact/hooks';
import { GapsAnswer } from '../api/answers';
import { EnergyStep, parseSteps } from '../chart/csv-steps';
import { gapBands } from '../chart/gap-bands';
import { PowerChart } from '../chart/power-chart';
import { columnsOfSteps, HOLD_S } from '../chart/power-columns';
import { CalendarPeriod } from '../format/local-time';
import { Detail } from '../home/history-route';
import { Subject } from '../home/subject';
import { Broken, Empty, Loading } from '../parts/states';
import { api } from '../state/live';
import { useMarks } from '../state/marks';
import { useResource } from '../state/resource';

interface HistoryPowerProps {
  period: CalendarPeriod;
  subject: Subject;
  /** Where the API has it as CSV. */
  path: string;
  detail: Detail;
  timeZone: string;
  nowMs: number;
}

const REFRESH_MS = 60_000;
const NEVER_MS = 24 * 3_600_000;

/** The power of a period, with what is missing of it. */
export function HistoryPower({ period, subject, path, detail, timeZone, nowMs }: HistoryPowerProps) {
  const { fromMs, toMs } = period;
  const query = `from=${new Date(fromMs).toISOString()}&to=${new Date(toMs).toISOString()}`;
  const refreshMs = toMs > nowMs ? REFRESH_MS * Math.max(1, detail.stepS / 300) : NEVER_MS;
  const power = useResource(
    path,
    async (signal) => {
      const steps = parseSteps(await api.text(path, signal));
      return columnsOfSteps(linesOf(steps, subject), detail.stepS, detail.stepS < 300 ? HOLD_S : 0);
    },
    refreshMs,
  );
  const gaps = useResource(
    `gaps ${query}`,
    (signal) => api.json<GapsAnswer>(`./gaps?${query}`, signal),
    REFRESH_MS,
  );
  const bands = useMemo(() => (gaps.value ? gapBands(gaps.value) : []), [gaps.value]);
  const bounds = useMemo(() => ({ from: fromMs / 1000, to: toMs / 1000 }), [fromMs, toMs]);
  // In longer periods there are more events than a chart has room for.
  const marks = useMarks(period.kind === 'day' ? query : null, () => [fromMs, toMs]);
  if (!power.value) {
    if (power.error)
      return <Broken what="The power of this time" error={power.error} onRetry={power.reload} />;
    return <Loading what="the power of this time" />;
  }
  if (power.value.times.length === 0) {
    return (
      <Empty
        title="Nothing is known of this time"
        hint="Readings begin when smart-meter runs for the first time; a meter with a history of its own fills in what came before."
      />
    );
  }
  return (
    <PowerChart
      columns={power.value}
      version={0}
      bounds={bounds}
      bands={bands}
      marks={marks}
      timeZone={timeZone}
      holds={null}
      homeName={subject.name}
      label={`${subject.name}: mean power in steps of ${detail.label}.`}
    />
  );
}

/** A circuit is drawn by itself, as the home is. */
function linesOf(steps: readonly EnergyStep[], { circuitId, series }: Subject): readonly EnergyStep[] {
  if (circuitId === null) return steps;
  return steps.filter((step) => step.series === series).map((step) => ({ ...step, series: 'home' }));
}
