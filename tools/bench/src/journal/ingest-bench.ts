import { InfluxDB, Point } from '@influxdata/influxdb-client';
import { encodeReading } from '@smart-meter/influx-writer';
import { MeterReading } from '@smart-meter/meter-adapter';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { BenchRow, besidePeer, median } from '../bench-row';
import { CIRCUITS, sampleReading } from '../influx-writer/sample-home';
import { scratchJournal } from './scratch-journal';

const READINGS_PER_BATCH = 25;
const POINTS_PER_BATCH = READINGS_PER_BATCH * CIRCUITS;
const ROUNDS = 3;

interface Batch {
  readings: MeterReading[];
  lineProtocol: string;
  lineCount: number;
}

/**
 * Points per second in batches of 500 (25 readings of 20 circuits), each on disk before the next: samples and outbox
 * lines in the journal, beside the same lines appended to a plain file with fdatasync, and beside the client's own
 * write API flushing each batch to an HTTP server that drops everything. The median of three rounds.
 */
export async function benchIngest(batches = 400): Promise<BenchRow[]> {
  const work = Array.from({ length: batches }, (_, index) => batchAt(index));
  const ours: number[] = [];
  const worstMs: number[] = [];
  const file: number[] = [];
  const client: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { pointsPerS, p99Ms } = ingest(work);
    ours.push(pointsPerS);
    worstMs.push(p99Ms);
    file.push(appendToFile(work));
    client.push(await writeWithClient(work));
  }
  const value = median(ours);
  return [
    besidePeer('durable ingest', 'points/s', value, { name: 'plain file, fdatasync', value: median(file) }),
    besidePeer('durable ingest', 'points/s', value, {
      name: 'client to a null server',
      value: median(client),
    }),
    { name: 'durable ingest of 500 points, p99', value: median(worstMs), unit: 'ms' },
  ];
}

function batchAt(index: number): Batch {
  const readings = Array.from({ length: READINGS_PER_BATCH }, (_, i): MeterReading => {
    const { meterId, observedAt, averagedOverS, circuits, provenance } = sampleReading(
      index * READINGS_PER_BATCH + i,
    );
    return { meterId, observedAt, averagedOverS, circuits, provenance };
  });
  const lines = readings.map((reading) =>
    encodeReading(reading, { meterType: 'home_assistant', tagMeterId: false }),
  );
  return {
    readings,
    lineProtocol: lines.map(({ lineProtocol }) => lineProtocol).join('\n'),
    lineCount: lines.reduce((sum, { lineCount }) => sum + lineCount, 0),
  };
}

const pointsPerSecond = (batches: number, tookMs: number) => (batches * POINTS_PER_BATCH * 1_000) / tookMs;

function ingest(work: readonly Batch[]): { pointsPerS: number; p99Ms: number } {
  const { journal, setNow, remove } = scratchJournal(sampleReading(0).observedAt);
  try {
    const tookMs = work.map(({ readings, lineProtocol, lineCount }) => {
      setNow(readings.at(-1)?.observedAt ?? new Date(0));
      const startMs = performance.now();
      journal.append({ readings, outbox: [{ lineProtocol, lineCount }] });
      return performance.now() - startMs;
    });
    const allMs = tookMs.reduce((sum, ms) => sum + ms, 0);
    const p99Ms = tookMs.toSorted((a, b) => a - b)[Math.floor(work.length * 0.99)] ?? NaN;
    return { pointsPerS: pointsPerSecond(work.length, allMs), p99Ms };
  } finally {
    remove();
  }
}

function appendToFile(work: readonly Batch[]): number {
  const { dataDir, remove } = scratchJournal(new Date());
  const descriptor = openSync(join(dataDir, 'lines'), 'a');
  try {
    const startMs = performance.now();
    for (const { lineProtocol } of work) {
      writeSync(descriptor, lineProtocol);
      fdatasyncSync(descriptor);
    }
    return pointsPerSecond(work.length, performance.now() - startMs);
  } finally {
    closeSync(descriptor);
    remove();
  }
}

async function writeWithClient(work: readonly Batch[]): Promise<number> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const writer = new InfluxDB({ url: `http://127.0.0.1:${port}`, token: 'none' }).getWriteApi('-', '-', 'ms');
  try {
    const startMs = performance.now();
    for (const { readings } of work) {
      for (const { observedAt, circuits } of readings) {
        for (const { name, powerW } of circuits) {
          writer.writePoint(
            new Point('smart_meter_circuit')
              .tag('circuit_name', name)
              .tag('meter_type', 'home_assistant')
              .floatField('power_w', powerW)
              .timestamp(observedAt),
          );
        }
      }
      await writer.flush();
    }
    return pointsPerSecond(work.length, performance.now() - startMs);
  } finally {
    await writer.close();
    server.closeAllConnections();
    server.close();
  }
}
