import { ReadingFormat } from './queries/readings-query';
import { ReadingRow } from './reading-rows';

export const CONTENT_TYPES: Readonly<Record<ReadingFormat, string>> = {
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
};

/** The format that the query names, else the one that the caller accepts. */
export function chooseFormat(named: ReadingFormat | undefined, accept: string | undefined): ReadingFormat {
  if (named) return named;
  if (accept?.includes('application/x-ndjson')) return 'ndjson';
  return accept?.includes('text/csv') ? 'csv' : 'json';
}

/** A line per row and series; the first line of CSV names the columns. */
export function* lineTexts(
  rows: Iterable<ReadingRow | null>,
  format: 'ndjson' | 'csv',
): Generator<string, void, undefined> {
  if (format === 'csv') yield 'timestamp,series,value,min,max,energy_kwh,averaged_over_s,provenance\r\n';
  for (const row of rows) {
    if (row === null) yield '';
    else if (format === 'ndjson') yield `${JSON.stringify(row)}\n`;
    else yield csvLines(row);
  }
}

/**
 * One JSON object: what `head` has, then `readings`, then `next`.
 * @param rows at their end they tell what `next` is
 */
export function* jsonTexts(
  head: object,
  rows: Generator<ReadingRow | null, string | null, undefined>,
): Generator<string, void, undefined> {
  yield `${JSON.stringify(head).slice(0, -1)},"readings":[`;
  let separator = '';
  for (;;) {
    const { done, value } = rows.next();
    if (done) return yield `],"next":${JSON.stringify(value)}}`;
    if (value === null) {
      yield '';
      continue;
    }
    yield `${separator}${JSON.stringify(value)}`;
    separator = ',';
  }
}

function csvLines(row: ReadingRow): string {
  if ('series' in row) {
    return csvLine([
      row.timestamp,
      row.series,
      row.mean,
      row.min,
      row.max,
      row.energy_kwh,
      undefined,
      undefined,
    ]);
  }
  const { timestamp, averaged_over_s, provenance } = row;
  const home: [string, number | null | undefined][] = [
    ['home', row.total_power_w],
    ['daily_energy', row.daily_kwh],
    ['grid', row.grid_power_w],
    ['solar', row.solar_power_w],
    ['battery', row.battery_power_w],
  ];
  const circuits = row.circuits.flatMap(({ id, power_w, daily_kwh }): typeof home => [
    [`circuit:${id}`, power_w],
    [`circuit_energy:${id}`, daily_kwh],
  ]);
  return [...home, ...circuits]
    .filter(([, value]) => value !== undefined)
    .map(([series, value]) =>
      csvLine([timestamp, series, value, undefined, undefined, undefined, averaged_over_s, provenance]),
    )
    .join('');
}

function csvLine(cells: readonly (string | number | null | undefined)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
