import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ExportedSample, JournalReader, Period } from '@smart-meter/journal';
import { MeterError } from '@smart-meter/meter-adapter';
import { fileWriter, parquetWriteRows } from 'hyparquet-writer';
import { Terminal } from './terminal';

export const EXPORT_FORMATS = ['csv', 'ndjson', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportOptions {
  format: ExportFormat;
  period: Period;
  /** Default: standard output. Needed for Parquet. */
  output?: string;
  /** Told of every row. */
  onRow(): void;
}

const ROWS_PER_GROUP = 50_000;

/** Writes every sample of a period, a row each, with flat memory. */
export async function exportSamples(
  journal: JournalReader,
  terminal: Terminal,
  { format, period, output, onRow }: ExportOptions,
): Promise<void> {
  const rows = counted(journal.exportSamples(period), onRow);
  if (format === 'parquet') {
    if (output === undefined)
      throw new MeterError('configuration', 'Parquet is written to a file: name it with --output');
    writeParquet(rows, output);
    return;
  }
  const lines = format === 'csv' ? csvLines(rows) : ndjsonLines(rows);
  if (output !== undefined) {
    await pipeline(Readable.from(lines), createWriteStream(output));
    return;
  }
  for (const line of lines) await terminal.write(line);
}

function* counted(
  samples: Iterable<ExportedSample>,
  onRow: () => void,
): Generator<SampleRow, void, undefined> {
  for (const sample of samples) {
    onRow();
    yield sampleRow(sample);
  }
}

type SampleRow = ReturnType<typeof sampleRow>;

function sampleRow({
  meterId,
  quantity,
  circuitId,
  name,
  atMs,
  value,
  averagedOverS,
  provenance,
}: ExportedSample) {
  return {
    time: new Date(atMs),
    meter_id: meterId,
    quantity,
    circuit_id: circuitId,
    circuit_name: name,
    value,
    averaged_over_s: averagedOverS,
    provenance,
  };
}

function* ndjsonLines(rows: Iterable<SampleRow>): Generator<string, void, undefined> {
  for (const row of rows) yield `${JSON.stringify(row)}\n`;
}

function* csvLines(rows: Iterable<SampleRow>): Generator<string, void, undefined> {
  yield 'time,meter_id,quantity,circuit_id,circuit_name,value,averaged_over_s,provenance\r\n';
  for (const row of rows) {
    yield `${[row.time.toISOString(), ...Object.values(row).slice(1)].map(csvCell).join(',')}\r\n`;
  }
}

function csvCell(value: unknown): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function writeParquet(rows: Iterable<SampleRow>, output: string): void {
  // A file and a generator are both synchronous, so that this is done when it returns.
  void parquetWriteRows({
    writer: fileWriter(output),
    rows,
    rowGroupSize: ROWS_PER_GROUP,
    columns: [
      { name: 'time', type: 'TIMESTAMP', nullable: false },
      { name: 'meter_id', type: 'STRING', nullable: false },
      { name: 'quantity', type: 'STRING', nullable: false },
      { name: 'circuit_id', type: 'STRING' },
      { name: 'circuit_name', type: 'STRING' },
      { name: 'value', type: 'DOUBLE' },
      { name: 'averaged_over_s', type: 'DOUBLE', nullable: false },
      { name: 'provenance', type: 'STRING', nullable: false },
    ],
  });
}
