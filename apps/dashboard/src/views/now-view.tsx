import { power } from '../format/quantities';
import { hasFlows, FlowDiagram } from '../parts/flow-diagram';
import { Card } from '../parts/card';
import { ProvenanceBadge } from '../parts/provenance';
import { Empty, Loading } from '../parts/states';
import { connection, picture } from '../state/live';
import { HomeData } from '../state/home';
import { LivePower } from './live-power';
import { PhantomLoad } from './phantom-load';
import { TodayCard } from './today-card';
import { TopCircuits } from './top-circuits';

/** What the home does now. */
export function NowView({ home }: { home: HomeData }) {
  const now = picture.value;
  if (!now) {
    return connection.value.state === 'waiting' ? (
      <Empty
        title="Nothing is known yet"
        hint="As soon as smart-meter answers, the power of your home is shown here."
      />
    ) : (
      <Loading what="the current power" />
    );
  }
  const { value, unit } = power(now.totalPowerW);
  return (
    <div class={hasFlows(now) ? 'view view-now with-flows' : 'view view-now'}>
      <h1 class="visually-hidden">Now</h1>
      <Card title="Power now" wide actions={<ProvenanceBadge provenance={now.provenance} />}>
        <p class="headline">
          <span class="headline-value">{value}</span> <span class="headline-unit">{unit}</span>
          {now.totalPowerW === null && (
            <span class="headline-note">The meter does not know the whole home’s power</span>
          )}
        </p>
        <LivePower timeZone={home.timeZone} />
      </Card>
      {hasFlows(now) && (
        <Card title="Flows">
          <FlowDiagram picture={now} />
        </Card>
      )}
      <TopCircuits picture={now} home={home} />
      <TodayCard home={home} picture={now} />
      <PhantomLoad home={home} />
    </div>
  );
}
