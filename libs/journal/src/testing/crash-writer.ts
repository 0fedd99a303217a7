import { writeSync } from 'node:fs';
import { Journal } from '../journal';

/**
 * Appends and settles as fast as it can until it is killed, and tells each thing that it may rely on, a line each:
 * `+n` reading n and its line are stored, `-n` the line was settled.
 */
const [dataDir = '', firstSequence = '0'] = process.argv.slice(2);
const STDOUT = 1;
const START_MS = Date.parse('2026-01-15T12:00:00Z');

const journal = Journal.open({
  dataDir,
  timeZone: 'Europe/Berlin',
  retentionDays: 36_500,
  outboxMaxBytes: 1e9,
});
for (let sequence = Number(firstSequence); ; sequence += 1) {
  const atMs = START_MS + sequence * 1_000;
  journal.append({
    readings: [
      {
        meterId: 'home',
        observedAt: new Date(atMs),
        averagedOverS: 0,
        totalPowerW: sequence,
        circuits: [{ id: 'a', name: 'a', powerW: sequence }],
        provenance: 'live',
      },
    ],
    outbox: [{ lineProtocol: `smart_meter total_power_w=${sequence} ${atMs}`, lineCount: 1 }],
  });
  writeSync(STDOUT, `+${sequence}\n`);
  if (sequence % 3 === 2) {
    const [oldest] = journal.outbox.take({ order: 'oldest', maxLines: 1, maxBytes: 1 });
    if (oldest !== undefined) {
      journal.outbox.settle({ settledIds: [oldest.id], rejected: [] });
      writeSync(STDOUT, `-${/=(\d+)/.exec(oldest.lineProtocol)?.[1]}\n`);
    }
  }
  if (sequence % 50 === 49) journal.maintain();
}
