import { MeterError } from '@smart-meter/meter-adapter';
import { csvRecords } from './csv';
import { bodyOf, linesOf } from './exchange';
import { Row } from './influx-rows';
import { INFLUX_SILENCE_MS, influxAddress, influxHeaders, InfluxReadTarget } from './influx-target';
import { Period } from './sources';

export interface FluxQuery {
  measurement: string;
  fields: readonly string[];
  /** A condition on `r`; empty = none. */
  where?: string;
}

const PEER = 'InfluxDB';
/** The server sorts what it answers in memory: an hour at a time keeps that small. */
const SLICE_MS = 60 * 60_000;

/** Rows of a period in order of time, one row per point with its fields as columns. Throws `MeterError`. */
export async function* fluxRows(
  target: InfluxReadTarget,
  query: FluxQuery,
  { from, to }: Period,
  signal: AbortSignal,
): AsyncGenerator<Row, void, undefined> {
  for (let fromMs = from.getTime(); fromMs < to.getTime(); fromMs += SLICE_MS) {
    const slice = { from: new Date(fromMs), to: new Date(Math.min(fromMs + SLICE_MS, to.getTime())) };
    const body = bodyOf({
      peer: PEER,
      url: `${influxAddress(target)}/api/v2/query?${new URLSearchParams({ org: target.org ?? '' })}`,
      method: 'POST',
      headers: { ...influxHeaders(target), 'content-type': 'application/json', accept: 'application/csv' },
      body: JSON.stringify({
        query: fluxText(target.bucket, query, slice),
        type: 'flux',
        dialect: { header: true, delimiter: ',', annotations: ['datatype'] },
      }),
      signal,
      silenceMs: target.silenceMs ?? INFLUX_SILENCE_MS,
    });
    yield* tableRows(csvRecords(linesOf(body, PEER)));
  }
}

/** The query as text. Exported for tests. */
export function fluxText(
  bucket: string,
  { measurement, fields, where }: FluxQuery,
  { from, to }: Period,
): string {
  const wanted = fields.map((field) => `r._field == ${fluxString(field)}`).join(' or ');
  return [
    `from(bucket: ${fluxString(bucket)})`,
    `range(start: ${from.toISOString()}, stop: ${to.toISOString()})`,
    `filter(fn: (r) => r._measurement == ${fluxString(measurement)} and (${wanted}))`,
    ...(where ? [`filter(fn: (r) => ${where})`] : []),
    'pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")',
    'group()',
    'sort(columns: ["_time"])',
  ].join('\n  |> ');
}

/** A string literal of Flux. */
export function fluxString(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replaceAll('${', '\\${').replaceAll('\n', '\\n')}"`;
}

const NUMBERS = new Set(['double', 'long', 'unsignedLong']);

/** Annotated CSV: a `#datatype` record, a header, rows; a table with other columns starts with another annotation. */
async function* tableRows(records: AsyncIterable<string[]>): AsyncGenerator<Row, void, undefined> {
  let types: readonly string[] = [];
  let header: readonly string[] | null = null;
  for await (const record of records) {
    if (record[0] === '#datatype') {
      types = record;
      header = null;
    } else if (record.every((cell) => cell === '')) {
      header = null;
    } else if (header === null) {
      header = record;
    } else {
      yield rowOf(record, header, types);
    }
  }
}

function rowOf(record: readonly string[], header: readonly string[], types: readonly string[]): Row {
  const row: Record<string, unknown> = {};
  header.forEach((name, index) => {
    const text = record[index] ?? '';
    if (name === '' || text === '') return;
    row[name] = NUMBERS.has(types[index] ?? '') ? Number(text) : text;
  });
  if (typeof row['error'] === 'string')
    throw new MeterError('unsupported', `${PEER} refused the query: ${row['error']}`);
  const time = Date.parse(String(row['_time']));
  if (Number.isNaN(time)) throw new MeterError('malformed_response', `${PEER}: a row has no _time`);
  return { ...row, time };
}
