import { expectArray, expectObject, isJsonObject, JsonObject, MeterError } from '@smart-meter/meter-adapter';
import { bodyOf, parseJson } from './exchange';
import { INFLUX_SILENCE_MS, influxAddress, influxHeaders, InfluxReadTarget } from './influx-target';
import { Period } from './sources';

/** A row: its columns by name, with the instant as `time` in ms. */
export type InfluxRow = Readonly<Record<string, unknown>> & { time: number; measurement: string };

export interface RowQuery {
  /** Columns, quoted where needed: `"total_power_w", "provenance"`. */
  select: string;
  /** A measurement, quoted, or a regular expression of measurements. */
  from: string;
  /** Further conditions. */
  where?: string;
}

const PEER = 'InfluxDB';
const ROWS_PER_PAGE = 5_000;
const MOST_ROWS_PER_PAGE = 1_000_000;

/** Asks by InfluxQL, which InfluxDB 1.x, 2.x (by its mapping of databases to buckets) and 3 all answer. */
export class InfluxQl {
  constructor(
    private readonly target: InfluxReadTarget,
    private readonly rowsPerPage = ROWS_PER_PAGE,
  ) {}

  /**
   * Rows of a period in order of time, page by page. Of several measurements each page is merged.
   * Throws `MeterError`; a statement that the server refuses is `unsupported`.
   */
  async *rows(query: RowQuery, { from, to }: Period, signal: AbortSignal): AsyncGenerator<InfluxRow> {
    const toMs = to.getTime();
    let fromMs = from.getTime();
    let limit = this.rowsPerPage;
    while (fromMs < toMs) {
      const conditions = [`time >= ${fromMs}ms`, `time < ${toMs}ms`, query.where]
        .filter(Boolean)
        .join(' AND ');
      const statement = `SELECT ${query.select} FROM ${query.from} WHERE ${conditions} ORDER BY time LIMIT ${limit}`;
      const series = await this.ask(statement, signal);
      // A series that fills its page may have more rows at its last instant: those come with the next page.
      const untilMs = Math.min(
        toMs,
        ...series.filter((rows) => rows.length >= limit).map((rows) => rows.at(-1)?.time ?? toMs),
      );
      if (untilMs === fromMs) {
        limit *= 2;
        if (limit > MOST_ROWS_PER_PAGE) {
          throw new MeterError('malformed_response', `${PEER}: more than ${limit / 2} rows at one instant`);
        }
        continue;
      }
      const page = series.flat().filter(({ time }) => time < untilMs);
      yield* page.sort((a, b) => a.time - b.time);
      fromMs = untilMs;
      limit = this.rowsPerPage;
    }
  }

  private async ask(statement: string, signal: AbortSignal): Promise<InfluxRow[][]> {
    const { bucket, silenceMs = INFLUX_SILENCE_MS } = this.target;
    const [database = '', policy] = bucket.split('/');
    const parameters = new URLSearchParams({ db: database, epoch: 'ms', q: statement });
    if (policy !== undefined) parameters.set('rp', policy);
    const pieces: Buffer[] = [];
    for await (const piece of bodyOf({
      peer: PEER,
      url: `${influxAddress(this.target)}/query`,
      method: 'POST',
      headers: { ...influxHeaders(this.target), 'content-type': 'application/x-www-form-urlencoded' },
      body: parameters.toString(),
      signal,
      silenceMs,
    })) {
      pieces.push(piece);
    }
    return seriesOf(parseJson(Buffer.concat(pieces).toString('utf8'), PEER));
  }
}

function seriesOf(answer: unknown): InfluxRow[][] {
  const results = expectArray(expectObject(answer, PEER)['results'], 'results');
  return results.flatMap((result) => {
    const { error, series } = expectObject(result, 'result');
    if (typeof error === 'string') throw new MeterError('unsupported', `${PEER} refused the query: ${error}`);
    return series === undefined ? [] : expectArray(series, 'series').map(rowsOf);
  });
}

function rowsOf(series: unknown): InfluxRow[] {
  const { name, columns, values } = expectObject(series, 'series');
  const names = expectArray(columns, 'columns').map(String);
  return expectArray(values, 'values').map((value) => {
    const cells = expectArray(value, 'row');
    const row: Record<string, unknown> = { measurement: String(name) };
    names.forEach((column, index) => (row[column] = cells[index] ?? null));
    if (typeof row['time'] !== 'number')
      throw new MeterError('malformed_response', `${PEER}: a row has no time`);
    return row as InfluxRow;
  });
}

/** Attributes kept as the text of a JSON object; undefined for anything else. */
export function attributesOf(value: unknown): JsonObject | undefined {
  if (typeof value !== 'string' || !value.trim().startsWith('{')) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return isJsonObject(parsed) ? parsed : undefined;
  } catch {
    // Some writers keep the text of a Python dict: its state can be used, its attributes cannot.
    return undefined;
  }
}

/** An identifier of InfluxQL. */
export const quoted = (name: string) => `"${name.replace(/[\\"]/g, '\\$&')}"`;
/** A string literal of InfluxQL. */
export const literal = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
