import { DeliveryCheck } from '../api/answers';
import { formatBytes, formatCount } from '../format/quantities';
import { formatDayTime, formatDuration } from '../format/times';
import { Card } from '../parts/card';
import { CheckBadge, Facts } from '../parts/facts';

/** What is on its way to InfluxDB. */
export function DeliveryCard({ check, timeZone }: { check: DeliveryCheck; timeZone: string }) {
  const { backlog_lines, backlog_bytes, oldest_age_seconds, last_success, last_error } = check;
  if (backlog_lines === undefined) {
    return (
      <Card title="Delivery to InfluxDB" actions={<span class="badge">Off</span>}>
        <p class="muted">
          No InfluxDB is set: the journal on this machine is the store. Set INFLUXDB_URL, and everything that
          is kept from then on is delivered too.
        </p>
      </Card>
    );
  }
  return (
    <Card title="Delivery to InfluxDB" actions={<CheckBadge status={check.status} />}>
      {check.message && <p class="card-message">{check.message}</p>}
      <Facts
        facts={[
          ['State', check.state],
          [
            'Waiting',
            backlog_lines === 0
              ? 'nothing'
              : `${formatCount(backlog_lines)} lines, ${formatBytes(backlog_bytes ?? 0)}`,
          ],
          typeof oldest_age_seconds === 'number'
            ? ['Oldest waits for', formatDuration(oldest_age_seconds * 1000)]
            : null,
          ['Delivered', `${formatCount(check.sent_lines ?? 0)} lines`],
          ['Refused, set aside', `${formatCount(check.quarantined_lines ?? 0)} lines`],
          ['Dropped', `${formatCount(check.dropped_lines ?? 0)} lines`],
          ['Last success', last_success ? formatDayTime(Date.parse(last_success), timeZone) : 'none yet'],
          last_error ? ['Last error', `${last_error.message} (${last_error.code})`] : null,
        ]}
      />
    </Card>
  );
}
