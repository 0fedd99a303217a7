import { GapAnswer, GapsAnswer } from '../api/answers';
import { formatDayTime, formatDuration } from '../format/times';
import { Card } from '../parts/card';
import { Broken, Empty, Loading } from '../parts/states';
import { api } from '../state/live';
import { useResource } from '../state/resource';

const STATES: Readonly<Record<GapAnswer['state'], string>> = {
  open: 'To be filled',
  partial: 'Being filled',
  filled: 'Filled',
  unfillable: 'Stays',
};
const MOST = 50;

/** Every stretch without readings, and what became of it. */
export function GapsCard({ timeZone }: { timeZone: string }) {
  const { value, error, reload } = useResource(
    'all gaps',
    (signal) => api.json<GapsAnswer>('./gaps', signal),
    15_000,
  );
  const newestFirst = [...(value?.gaps ?? [])].reverse();
  return (
    <Card title="Gaps" wide>
      {!value && !error && <Loading what="the gaps" />}
      {!value && error && <Broken what="The gaps" error={error} onRetry={reload} />}
      {value && newestFirst.length === 0 && (
        <Empty title="No gaps" hint="Every stretch without readings would be listed here, with its reason." />
      )}
      {newestFirst.length > 0 && (
        <div class="table-frame" tabIndex={0} role="region" aria-label="Table of gaps">
          <table>
            <thead>
              <tr>
                <th scope="col">From</th>
                <th scope="col">Length</th>
                <th scope="col">State</th>
                <th scope="col">Why</th>
              </tr>
            </thead>
            <tbody>
              {newestFirst.slice(0, MOST).map((gap) => (
                <tr key={gap.id}>
                  <td>{formatDayTime(Date.parse(gap.from), timeZone)}</td>
                  <td>{formatDuration(Date.parse(gap.to) - Date.parse(gap.from))}</td>
                  <td>
                    <span class={`badge gap-${gap.state}`}>
                      {STATES[gap.state]}
                      {value?.filling?.id === gap.id && ` ${value.filling.percent} %`}
                    </span>
                  </td>
                  <td>
                    {gap.reason}
                    {gap.detail && <span class="muted"> – {gap.detail}</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {newestFirst.length > MOST && <p class="muted">And {newestFirst.length - MOST} older ones.</p>}
    </Card>
  );
}
