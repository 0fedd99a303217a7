import { execFileSync } from 'node:child_process';
import { BenchRow } from '../bench-row';
import { CIRCUITS, sampleReading } from '../influx-writer/sample-home';
import { scratchJournal } from './scratch-journal';

const READINGS_PER_DAY = 8_640;
const READINGS_PER_ENTRY = 24;

/** Runs in a process of its own, on what is built, so that its memory is that of the journal alone. */
const OPEN_AND_DRAIN = `
  const { Journal } = require('@smart-meter/journal');
  const startMs = performance.now();
  const journal = Journal.open({ dataDir: process.argv[1], timeZone: 'Europe/Berlin', retentionDays: 30, outboxMaxBytes: 4e9 });
  journal.append({ readings: [], outbox: [{ lineProtocol: 'fresh v=1 1', lineCount: 1 }] });
  const openMs = performance.now() - startMs;
  const rssAfterOpen = process.memoryUsage.rss();
  let peakRss = rssAfterOpen;
  let lines = 0;
  const drainStartMs = performance.now();
  for (;;) {
    const entries = journal.outbox.take({ order: 'oldest', maxLines: 5000, maxBytes: 1e6 });
    if (entries.length === 0) break;
    for (const { lineCount } of entries) lines += lineCount;
    journal.outbox.settle({ settledIds: entries.map(({ id }) => id), rejected: [] });
    peakRss = Math.max(peakRss, process.memoryUsage.rss());
  }
  const drainMs = performance.now() - drainStartMs;
  journal.close();
  console.log(JSON.stringify({ openMs, rssAfterOpen, peakRss, lines, drainMs }));
`;

/**
 * A long backlog in the outbox: time from opening to the first append stored, memory then, and taking and settling
 * all of it with nobody to send it to. Needs the libraries built.
 * @param days of readings of 20 circuits every 10 s: 30 are 5.2 million points
 */
export function benchBacklog(days = 30): BenchRow[] {
  const { journal, dataDir, remove } = scratchJournal(new Date());
  try {
    for (let first = 0; first < days * READINGS_PER_DAY; first += READINGS_PER_ENTRY * 10) {
      const outbox = Array.from({ length: 10 }, (_, entry) => entryAt(first + entry * READINGS_PER_ENTRY));
      journal.append({ readings: [], outbox });
    }
    const { lines, bytes } = journal.outbox.stats();
    journal.close();
    const answer = execFileSync(process.execPath, ['-e', OPEN_AND_DRAIN, dataDir], {
      cwd: __dirname,
      encoding: 'utf8',
    });
    const measured = JSON.parse(answer) as Record<
      'openMs' | 'rssAfterOpen' | 'peakRss' | 'lines' | 'drainMs',
      number
    >;
    if (measured.lines !== lines + 1) throw new Error(`${measured.lines} of ${lines + 1} lines came back`);
    return [
      { name: 'backlog', value: lines, unit: 'points' },
      { name: 'backlog on disk', value: bytes / 1e6, unit: 'MB' },
      { name: 'open with the backlog, to the first append', value: measured.openMs, unit: 'ms' },
      { name: 'memory with the backlog open', value: measured.rssAfterOpen / 1e6, unit: 'MB RSS' },
      { name: 'memory while it drains, highest', value: measured.peakRss / 1e6, unit: 'MB RSS' },
      { name: 'take and settle', value: (measured.lines * 1_000) / measured.drainMs, unit: 'points/s' },
    ];
  } finally {
    remove();
  }
}

function entryAt(firstReading: number) {
  const lines: string[] = [];
  for (let i = 0; i < READINGS_PER_ENTRY; i += 1) {
    const { observedAt, circuits } = sampleReading(firstReading + i);
    for (const { name, powerW } of circuits) {
      lines.push(
        `smart_meter_circuit,circuit_name=${name},meter_type=home_assistant power_w=${powerW} ${observedAt.getTime()}`,
      );
    }
  }
  return { lineProtocol: lines.join('\n'), lineCount: READINGS_PER_ENTRY * CIRCUITS };
}
