import { HealthAnswer } from '../api/answers';
import { formatBytes, formatCount } from '../format/quantities';
import { Card } from '../parts/card';
import { CheckBadge, Facts } from '../parts/facts';

/** Whether readings are kept. */
export function JournalCard({ health }: { health: HealthAnswer }) {
  const { journal, disk } = health.details;
  const worse = journal.status === 'up' ? disk.status : journal.status;
  return (
    <Card title="Journal and disk" actions={<CheckBadge status={worse} />}>
      {[journal.message, disk.message].map((message) => message && <p class="card-message">{message}</p>)}
      <Facts
        facts={[
          ['Series kept', formatCount(journal.series)],
          ['Waiting in memory', formatCount(journal.waiting_in_memory)],
          ['Given up', formatCount(journal.given_up)],
          ['Free on the disk', `${formatBytes(disk.free_bytes)} of ${formatBytes(disk.total_bytes)}`],
        ]}
      />
    </Card>
  );
}
