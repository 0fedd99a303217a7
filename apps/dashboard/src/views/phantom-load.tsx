import { PhantomLoadAnswer } from '../api/answers';
import { formatCost, formatEnergy, formatShare, power } from '../format/quantities';
import { shareOfUse } from '../home/circuit-values';
import { Card } from '../parts/card';
import { ShareBar } from '../parts/share-bar';
import { Broken, Empty, Loading } from '../parts/states';
import { HomeData } from '../state/home';
import { api } from '../state/live';
import { useResource } from '../state/resource';

const NIGHTS_NEEDED = 3;
const REFRESH_MS = 10 * 60_000;

/** What the home draws when nobody uses anything. */
export function PhantomLoad({ home }: { home: HomeData }) {
  const { value, error, reload } = useResource(
    'phantom-load',
    (signal) => api.json<PhantomLoadAnswer>('./phantom-load', signal),
    REFRESH_MS,
  );
  return (
    <Card title="Phantom load">
      {!value && !error && <Loading what="the phantom load" />}
      {!value && error && <Broken what="The phantom load" error={error} onRetry={reload} />}
      {value && value.power_w === null && (
        <Empty
          title={`${value.nights} of ${NIGHTS_NEEDED} nights known`}
          hint="It is told from what the home draws between 1 and 5 at night, once three nights are known."
        />
      )}
      {value && value.power_w !== null && <Known answer={value} powerW={value.power_w} home={home} />}
    </Card>
  );
}

interface KnownProps {
  answer: PhantomLoadAnswer;
  powerW: number;
  home: HomeData;
}

function Known({ answer, powerW, home }: KnownProps) {
  const { value, unit } = power(powerW);
  const share = home.energy.value && shareOfUse(powerW, home.energy.value);
  return (
    <>
      <p class="figure">
        <span class="figure-value">{value}</span> {unit}
        {answer.cost_per_year !== null && (
          <span class="figure-aside">{formatCost(answer.cost_per_year, answer.currency)} a year</span>
        )}
      </p>
      <p class="muted">
        {formatEnergy(answer.kwh_per_year)} a year while nobody uses anything, told from {answer.nights}{' '}
        nights.
      </p>
      {share !== null && (
        <>
          <ShareBar share={share} />
          <p class="muted">
            <strong>{formatShare(share)}</strong> of what the home used in the last days
          </p>
        </>
      )}
    </>
  );
}
