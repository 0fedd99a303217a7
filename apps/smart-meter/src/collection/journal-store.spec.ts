import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeReading } from '@smart-meter/influx-writer';
import { Journal } from '@smart-meter/journal';
import { MeterReading } from '@smart-meter/meter-adapter';
import { JournalStore } from './journal-store';

const AT_MS = Date.UTC(2026, 0, 15, 12);

const reading = (part: Partial<MeterReading>): MeterReading => ({
  meterId: 'm',
  observedAt: new Date(AT_MS),
  averagedOverS: 60,
  circuits: [],
  provenance: 'live',
  ...part,
});

describe('JournalStore', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'store-'));
  const journal = Journal.open({ dataDir, timeZone: 'UTC', retentionDays: 30, outboxMaxBytes: 1e6 });
  const store = new JournalStore(
    journal,
    (one) => {
      const lines = encodeReading(one, { meterType: 'emporia', tagMeterId: false });
      return lines.lineCount === 0 ? undefined : lines;
    },
    false,
  );

  afterAll(() => {
    journal.close();
    rmSync(dataDir, { recursive: true });
  });

  /** What a batch adds to the outbox. */
  const linesOf = (...readings: MeterReading[]): string[] => {
    store.store(readings);
    const entries = journal.outbox.take({ order: 'oldest', maxLines: 100, maxBytes: 1e6 });
    journal.outbox.settle({ settledIds: entries.map(({ id }) => id), rejected: [] });
    return entries.flatMap(({ lineProtocol }) => lineProtocol.split('\n'));
  };

  it('overwrites no live point with a backfilled one, and fills in what was unknown', () => {
    const circuits = [
      { id: 'a', name: 'Oven', powerW: 100 },
      { id: 'b', name: 'Hob', powerW: null },
    ];
    expect(linesOf(reading({ totalPowerW: null, circuits }))).toEqual([
      `smart_meter_circuit,circuit_name=Oven,meter_type=emporia power_w=100,averaged_over_s=60 ${AT_MS}`,
    ]);
    const backfill = reading({
      provenance: 'backfill',
      totalPowerW: 400,
      circuits: circuits.map((circuit) => ({ ...circuit, powerW: 200 })),
    });
    const filledIn = `averaged_over_s=60,provenance="backfill" ${AT_MS}`;
    expect(linesOf(backfill)).toEqual([
      `smart_meter,meter_type=emporia total_power_w=400,${filledIn}`,
      `smart_meter_circuit,circuit_name=Hob,meter_type=emporia power_w=200,percentage=50,${filledIn}`,
    ]);
    expect(linesOf(backfill)).toEqual([]);
  });
});
