import { useState } from 'preact/hooks';
import { CollectAnswer, HealthAnswer } from '../api/answers';
import { toApiError } from '../api/api-error';
import { formatCount, formatShare } from '../format/quantities';
import { formatDayTime, formatDuration } from '../format/times';
import { Card } from '../parts/card';
import { CheckBadge, Facts } from '../parts/facts';
import { nowMs } from '../state/clock';
import { api } from '../state/live';

interface MeterCardProps {
  health: HealthAnswer;
  timeZone: string;
  onCollected(): void;
}

/** How well the meter answers. */
export function MeterCard({ health, timeZone, onCollected }: MeterCardProps) {
  const { adapter } = health.details;
  const lastMs = health.last_successful_fetch === null ? null : Date.parse(health.last_successful_fetch);
  return (
    <Card title="Meter" actions={<CheckBadge status={adapter.status} />}>
      {adapter.message && <p class="card-message">{adapter.message}</p>}
      <Facts
        facts={[
          ['Kind', adapter.meter_type],
          adapter.stream ? ['Live stream', adapter.stream] : null,
          [
            'Last answer',
            lastMs === null
              ? 'none yet'
              : `${formatDayTime(lastMs, timeZone)} (${formatDuration(nowMs.value - lastMs)} ago)`,
          ],
          [
            'Requests',
            `${formatCount(health.total_fetches)}, ${formatShare(health.success_rate * 100)} answered`,
          ],
          adapter.last_error
            ? ['Last error', `${adapter.last_error.message} (${adapter.last_error.code})`]
            : null,
          ...adapter.stale.map(
            ({ source, last_reported }) =>
              [`Quiet: ${source}`, `since ${formatDayTime(Date.parse(last_reported), timeZone)}`] as const,
          ),
          ...adapter.warnings.map((warning, index) => [`Warning ${index + 1}`, warning] as const),
          ['Service runs', `for ${formatDuration(health.uptime_seconds * 1000)}`],
        ]}
      />
      <CollectButton onCollected={onCollected} />
    </Card>
  );
}

function CollectButton({ onCollected }: { onCollected(): void }) {
  const [state, setState] = useState<{ busy: boolean; text: string }>({ busy: false, text: '' });
  const collect = async () => {
    setState({ busy: true, text: 'Asking the meter…' });
    try {
      const answer = await api.json<CollectAnswer>('./collect', new AbortController().signal, {
        method: 'POST',
      });
      setState({
        busy: false,
        text: answer.ok ? 'The meter answered.' : (answer.error?.message ?? 'No answer.'),
      });
    } catch (error) {
      setState({ busy: false, text: toApiError(error).message });
    }
    onCollected();
  };
  return (
    <p class="collect">
      <button type="button" disabled={state.busy} onClick={() => void collect()}>
        Read the meter now
      </button>
      <span role="status">{state.text}</span>
    </p>
  );
}
