import { PhantomLoadAnswer } from '../api/answers';
import { formatCost, formatEnergy, power } from '../format/quantities';
import { Card } from '../parts/card';
import { Broken, Empty, Loading } from '../parts/states';
import { api } from '../state/live';
import { useResource } from '../state/resource';

const NIGHTS_NEEDED = 3;

/** What the home draws when nobody uses anything. */
export function PhantomLoad() {
  const { value, error, reload } = useResource(
    'phantom-load',
    (signal) => api.json<PhantomLoadAnswer>('./phantom-load', signal),
    10 * 60_000,
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
      {value && value.power_w !== null && <Known answer={value} powerW={value.power_w} />}
    </Card>
  );
}

function Known({ answer, powerW }: { answer: PhantomLoadAnswer; powerW: number }) {
  const { value, unit } = power(powerW);
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
    </>
  );
}
