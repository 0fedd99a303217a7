import { HealthAnswer } from '../api/answers';
import { Card } from '../parts/card';
import { Broken, Loading } from '../parts/states';
import { HomeData } from '../state/home';
import { DeliveryCard } from './delivery-card';
import { GapsCard } from './gaps-card';
import { JournalCard } from './journal-card';
import { MeterCard } from './meter-card';
import { SourcesCard } from './sources-card';

const VERDICTS: Readonly<Record<HealthAnswer['status'], string>> = {
  healthy: 'Everything works',
  degraded: 'It works, with something to look at',
  unhealthy: 'It does not work as it should',
};

/** Whether the figures can be trusted, and why. */
export function HealthView({ home }: { home: HomeData }) {
  const { value: health, error, reload } = home.health;
  return (
    <div class="view view-health">
      <div class="view-bar">
        <h1>Health</h1>
        {health && (
          <p class={`verdict verdict-${health.status}`} role="status">
            {VERDICTS[health.status]}
          </p>
        )}
      </div>
      {!health && (
        <Card title="Service" wide>
          {error ? (
            <Broken what="The health" error={error} onRetry={reload} />
          ) : (
            <Loading what="the health" />
          )}
        </Card>
      )}
      {health && (
        <>
          <MeterCard health={health} onCollected={reload} timeZone={home.timeZone} />
          <JournalCard health={health} />
          <DeliveryCard check={health.details.delivery} timeZone={home.timeZone} />
        </>
      )}
      <GapsCard timeZone={home.timeZone} />
      <SourcesCard sources={home.sources} />
    </div>
  );
}
