import { useState } from 'preact/hooks';
import { EnergyAnswer } from '../api/answers';
import { localDate, periodAround } from '../format/local-time';
import { formatEnergy, formatPower } from '../format/quantities';
import { CircuitTree, circuitTree } from '../home/circuit-tree';
import { circuitNames, energiesSince, energySince, powersNow } from '../home/circuit-values';
import { Card } from '../parts/card';
import { Choice } from '../parts/choice';
import { CircuitTreeList } from '../parts/circuit-tree-list';
import { ProvenanceBadge } from '../parts/provenance';
import { Broken, Empty, Loading } from '../parts/states';
import { minuteMs } from '../state/clock';
import { HomeData } from '../state/home';
import { api, picture } from '../state/live';
import { useResource } from '../state/resource';

const SPANS = [
  { value: 'now', label: 'Now' },
  { value: 'day', label: 'Today' },
  { value: 'week', label: 'This week' },
  { value: 'month', label: 'This month' },
] as const;
type Span = (typeof SPANS)[number]['value'];

/** What each circuit draws, as a tree, with what no circuit accounts for. */
export function CircuitsView({ home }: { home: HomeData }) {
  const [span, setSpan] = useState<Span>('now');
  const { timeZone } = home;
  const today = localDate(minuteMs.value, timeZone);
  const period = span === 'now' ? null : periodAround(span, today, timeZone);
  const energy = useResource(
    period && `circuits ${span} ${period.date}`,
    (signal) =>
      api.json<EnergyAnswer>(
        `./energy?per=day&circuits=all&from=${new Date(period?.fromMs ?? 0).toISOString()}`,
        signal,
      ),
    60_000,
  );
  const now = picture.value;
  if (!now) return <Loading what="the circuits" />;
  const names = circuitNames(home.sources.value);
  const answer = energy.value;
  const tree: CircuitTree | null = !period
    ? circuitTree(powersNow(now.circuits, names), now.totalPowerW)
    : answer &&
      circuitTree(
        energiesSince(now.circuits, names, answer, period.date),
        energySince(answer, 'home', period.date),
      );
  const total = !period ? now.totalPowerW : answer && energySince(answer, 'home', period.date);
  return (
    <div class="view view-circuits">
      <div class="view-bar">
        <h1>Circuits</h1>
        <Choice<Span> label="Time" options={SPANS} value={span} onChoose={setSpan} />
      </div>
      <Card
        title={span === 'now' ? 'Power now' : 'Energy'}
        wide
        actions={<ProvenanceBadge provenance={now.provenance} />}
      >
        {!tree && energy.error && (
          <Broken what="The energy of the circuits" error={energy.error} onRetry={energy.reload} />
        )}
        {!tree && !energy.error && <Loading what="the energy of the circuits" />}
        {tree && tree.roots.length === 0 && (
          <Empty
            title="No circuits"
            hint="The meter measures the whole home only. Where it has sensors of single circuits or plugs, Health says why they are not used."
          />
        )}
        {tree && tree.roots.length > 0 && (
          <CircuitTreeList tree={tree} total={total} format={span === 'now' ? formatPower : formatEnergy} />
        )}
      </Card>
    </div>
  );
}
