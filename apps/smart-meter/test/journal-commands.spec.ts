import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Journal } from '@smart-meter/journal';
import { MeterReading } from '@smart-meter/meter-adapter';
import { Command } from 'commander';
import { addJournalCommands } from '../src/operations/journal-commands';
import { RunningService, temporaryFolder } from './support/running-service';

const SAMPLES = 500;

function fillJournal(): string {
  const dataDir = temporaryFolder();
  const journal = open(dataDir);
  const readings = Array.from({ length: SAMPLES }, (_, i): MeterReading => ({
    meterId: 'm',
    observedAt: new Date(Date.UTC(2026, 0, 1) + i * 10_000),
    averagedOverS: 0,
    totalPowerW: i === 3 ? null : i / 4,
    circuits: [],
    provenance: 'live',
  }));
  journal.append({ readings, outbox: [{ lineProtocol: 'm a=1 1\nm a="x" 2', lineCount: 2 }] });
  const [entry] = journal.outbox.take({ order: 'oldest', maxLines: 10, maxBytes: 1e6 });
  journal.outbox.settle({
    settledIds: [entry?.id ?? 0],
    rejected: [{ entryId: entry?.id ?? 0, line: 'm a="x" 2', status: 400, reason: 'field type conflict' }],
  });
  journal.close();
  return dataDir;
}

const open = (dataDir: string) =>
  Journal.open({ dataDir, timeZone: 'UTC', retentionDays: 3650, outboxMaxBytes: 1e6 });

async function run(dataDir: string, ...words: string[]) {
  const printed: string[] = [];
  const noted: string[] = [];
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addJournalCommands(
    program,
    { DATA_DIR: dataDir },
    {
      print: (line) => void printed.push(line),
      note: (line) => void noted.push(line),
      write: async (chunk) => void printed.push(chunk.toString()),
      isInteractive: false,
    },
  );
  await program.parseAsync(['journal', ...words], { from: 'user' });
  return { printed: printed.join('\n'), rows: printed, noted: noted.join('\n') };
}

describe('journal commands', () => {
  it('verify finds a sound journal sound', async () => {
    expect((await run(fillJournal(), 'verify')).printed).toBe('the journal is sound');
  });

  it('stats counts what there is', async () => {
    const { printed } = await run(fillJournal(), 'stats');
    expect(printed).toContain(`samples       ${SAMPLES}`);
    expect(printed).toContain('quarantine    1 lines');
  });

  it('export writes every sample as CSV and NDJSON, the unknown as nothing and null', async () => {
    const dataDir = fillJournal();
    const csv = (await run(dataDir, 'export')).rows.map((row) => row.trimEnd());
    expect(csv).toHaveLength(SAMPLES + 1);
    expect(csv[1]).toBe('2026-01-01T00:00:00.000Z,m,totalPowerW,,,0,0,live');
    expect(csv[4]).toBe('2026-01-01T00:00:30.000Z,m,totalPowerW,,,,0,live');
    const ndjson = (await run(dataDir, 'export', '--format', 'ndjson', '--from', '2026-01-01T01:00:00Z'))
      .rows;
    expect(ndjson).toHaveLength(SAMPLES - 360);
    expect(JSON.parse(ndjson[0] ?? '')).toMatchObject({ time: '2026-01-01T01:00:00.000Z', value: 90 });
  });

  it('export writes Parquet that a reader of somebody else can read', async () => {
    const dataDir = fillJournal();
    const output = join(dataDir, 'samples.parquet');
    await run(dataDir, 'export', '--format', 'parquet', '--output', output);
    const bytes = readFileSync(output);
    const { parquetReadObjects } = await import('hyparquet');
    const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
    expect(rows).toHaveLength(SAMPLES);
    expect(rows[3]).toMatchObject({
      time: new Date(Date.UTC(2026, 0, 1, 0, 0, 30)),
      value: null,
      provenance: 'live',
    });
    expect(rows[400]).toMatchObject({ value: 100, meter_id: 'm', circuit_id: null });
  });

  it('quarantine list shows the words of the server, retry brings the line back', async () => {
    const dataDir = fillJournal();
    expect((await run(dataDir, 'quarantine', 'list')).printed).toContain(
      'HTTP 400\tfield type conflict\tm a="x" 2',
    );
    expect((await run(dataDir, 'quarantine', 'retry')).noted).toBe('1 lines wait for delivery again');
    const journal = open(dataDir);
    expect(journal.outbox.stats()).toMatchObject({ lines: 1, quarantinedLines: 0 });
    journal.close();
  });

  it('asks for what it needs', async () => {
    const dataDir = fillJournal();
    await expect(run(dataDir, 'export', '--format', 'parquet')).rejects.toThrow('--output');
    await expect(run(dataDir, 'export', '--from', 'yesterday')).rejects.toThrow('expected an instant');
    await expect(run(dataDir, 'quarantine', 'retry', 'x')).rejects.toThrow('expected the number');
  });

  it('reads beside a running service, and does not write beside one', async () => {
    const dataDir = temporaryFolder();
    const service = await RunningService.start({ DATA_DIR: dataDir, LOG_LEVEL: 'fatal' });
    try {
      expect((await run(dataDir, 'stats')).printed).toContain('samples');
      await expect(run(dataDir, 'quarantine', 'retry')).rejects.toMatchObject({ code: 'configuration' });
    } finally {
      await service.stop();
    }
  });
});
