import { CircuitReading, MeterReading, PROVENANCES, shareOfTotal } from '@smart-meter/meter-adapter';
import { Database, Statement } from './database';
import { Period, SampleReader } from './sample-reader';
import { Series, SeriesCatalogue } from './series';

type ValueRow = readonly [atMs: number, averagedOverMs: number, provenance: number, value: number | null];

/** A sample with its series. */
interface SeriesValue {
  series: Series;
  row: ValueRow;
}

/** What a stretch of time holds. */
interface Window {
  /** By instant, in any order; the values of an instant by series. */
  instants: Map<number, SeriesValue[]>;
  /** Of all that was read: more than the values where a series was read beyond the end. */
  rowCount: number;
  /** How far the stretch was read. */
  endMs: number;
}

const ROWS_PER_WINDOW = 2_000;
const FEWEST_ROWS_PER_SERIES = 100;
const SHORTEST_WINDOW_MS = 1_000;
const LONGEST_WINDOW_MS = 31 * 86_400_000;
const FIRST_WINDOW_MS = 10 * 60_000;

/**
 * Puts samples together to the readings that they came from: a stretch of time after the other, each read series by
 * series, in the order that they are stored in. Sorting them by time in SQL takes three times as long.
 */
export class ReadingReader {
  readonly #database: Database;
  readonly #series: SeriesCatalogue;
  readonly #samples: SampleReader;
  readonly #stretch: Statement;
  readonly #next: Statement;

  constructor(database: Database, series: SeriesCatalogue, samples: SampleReader) {
    this.#database = database;
    this.#series = series;
    this.#samples = samples;
    this.#stretch = database.prepare(
      `SELECT at_ms, averaged_over_ms, provenance, value FROM sample
       WHERE series_id = ? AND at_ms >= ? AND at_ms < ? ORDER BY at_ms, averaged_over_ms LIMIT ?`,
    );
    this.#next = database.prepare(
      'SELECT at_ms FROM sample WHERE series_id = ? AND at_ms >= ? ORDER BY at_ms LIMIT 1',
    );
  }

  /**
   * Readings of a period, oldest first, with flat memory however long it is.
   * What is appended while it runs may be in it.
   */
  *readings(period: Period, meterId?: string): Generator<MeterReading, void, undefined> {
    for (const meter of this.#meters(meterId)) yield* this.#readingsOf(meter, period);
  }

  /**
   * The newest value of everything that the meter has told of in the last `withinMs` before its newest value,
   * as one reading at the time of that. What has been silent for longer is left out.
   */
  latest(meterId: string, withinMs: number): MeterReading | undefined {
    const newest = this.#series
      .list(meterId)
      .flatMap((series) => {
        const sample = this.#samples.newest(series.id);
        return sample === undefined ? [] : [{ series, sample }];
      })
      .sort((a, b) => b.sample.atMs - a.sample.atMs);
    const last = newest[0]?.sample;
    if (last === undefined) return undefined;
    const row = (value: number | null): ValueRow => [
      last.atMs,
      last.averagedOverS * 1000,
      PROVENANCES.indexOf(last.provenance),
      value,
    ];
    return assemble(
      newest
        .filter(({ sample }) => sample.atMs >= last.atMs - withinMs)
        .map(({ series, sample }) => ({ series, row: row(sample.value) }))
        .sort((a, b) => a.series.id - b.series.id),
    );
  }

  #meters(meterId?: string): string[] {
    return meterId === undefined
      ? [...new Set(this.#series.list().map((series) => series.meterId))]
      : [meterId];
  }

  *#readingsOf(meterId: string, { from, to }: Period): Generator<MeterReading, void, undefined> {
    const endMs = to.getTime();
    const series = this.#series.list(meterId);
    let windowMs = FIRST_WINDOW_MS;
    let cursorMs = this.#nextAtMs(series, from.getTime());
    while (cursorMs < endMs) {
      const wantedEndMs = Math.min(endMs, cursorMs + windowMs);
      const window = this.#database.snapshot(() => this.#readWindow(series, cursorMs, wantedEndMs));
      yield* readingsOf(window);
      if (window.endMs < wantedEndMs) windowMs = Math.max(SHORTEST_WINDOW_MS, window.endMs - cursorMs);
      else if (window.rowCount < ROWS_PER_WINDOW / 2) windowMs = Math.min(LONGEST_WINDOW_MS, windowMs * 2);
      cursorMs = window.rowCount === 0 ? this.#nextAtMs(series, window.endMs) : window.endMs;
    }
  }

  /** Reads until `endMs`, or as far as every series comes with its share of the rows. */
  #readWindow(series: readonly Series[], fromMs: number, endMs: number): Window {
    const rowsPerSeries = Math.max(FEWEST_ROWS_PER_SERIES, Math.floor(ROWS_PER_WINDOW / series.length));
    const window: Window = { instants: new Map(), rowCount: 0, endMs };
    for (const one of series) {
      const { rows, endMs: readToMs } = this.#rowsOf(one, fromMs, window.endMs, rowsPerSeries);
      window.endMs = readToMs;
      window.rowCount += rows.length;
      for (const row of rows) {
        const values = window.instants.get(row[0]);
        if (values === undefined) window.instants.set(row[0], [{ series: one, row }]);
        else values.push({ series: one, row });
      }
    }
    for (const atMs of window.instants.keys()) if (atMs >= window.endMs) window.instants.delete(atMs);
    return window;
  }

  /** Some rows of a series: whole instants until `endMs` of the answer, of which the last row can be beyond. */
  #rowsOf(series: Series, fromMs: number, endMs: number, limit: number): { rows: ValueRow[]; endMs: number } {
    const rows = this.#stretch.all<ValueRow>(series.id, fromMs, endMs, limit);
    const lastAtMs = rows.at(-1)?.[0] ?? fromMs;
    if (rows.length < limit) return { rows, endMs };
    // The last instant may go on: it is read again with the next window.
    return lastAtMs > fromMs ? { rows, endMs: lastAtMs } : this.#rowsOf(series, fromMs, endMs, limit * 2);
  }

  #nextAtMs(series: readonly Series[], fromMs: number): number {
    return this.#database.guard(() =>
      series.reduce(
        (soonest, { id }) => Math.min(soonest, this.#next.get<[number]>(id, fromMs)?.[0] ?? Infinity),
        Infinity,
      ),
    );
  }
}

function* readingsOf({ instants }: Window): Generator<MeterReading, void, undefined> {
  for (const atMs of Float64Array.from(instants.keys()).sort()) {
    const values = instants.get(atMs) ?? [];
    for (const ofReading of perReading(values)) yield assemble(ofReading);
  }
}

/** The values of one instant, reading by reading: mostly there is one. */
function perReading(values: SeriesValue[]): SeriesValue[][] {
  const isOfOne = values.every((value) => compareOrigin(value, values[0] ?? value) === 0);
  if (isOfOne) return [values];
  const groups: SeriesValue[][] = [];
  for (const value of values.toSorted(compareOrigin)) {
    const group = groups.at(-1);
    if (group?.[0] !== undefined && compareOrigin(group[0], value) === 0) group.push(value);
    else groups.push([value]);
  }
  return groups;
}

/** By averaging interval, then by provenance. */
function compareOrigin({ row: a }: SeriesValue, { row: b }: SeriesValue): number {
  return a[1] - b[1] || a[2] - b[2];
}

/** @param values of one reading */
function assemble(values: readonly SeriesValue[]): MeterReading {
  const circuits = new Map<string, CircuitReading>();
  const first = values[0];
  const [atMs, averagedOverMs, provenance] = first?.row ?? [NaN, 0, -1];
  const reading: MeterReading = {
    meterId: first?.series.meterId ?? '',
    observedAt: new Date(atMs),
    averagedOverS: averagedOverMs / 1000,
    circuits: [],
    provenance: PROVENANCES[provenance] ?? 'mock',
  };
  for (const { series, row } of values) {
    const value = row[3];
    if (series.quantity === 'circuitPowerW') circuitOf(circuits, series).powerW = value;
    else if (series.quantity === 'circuitDailyKwh') circuitOf(circuits, series).dailyKwh = value;
    else reading[series.quantity] = value;
  }
  reading.circuits = [...circuits.values()];
  if (reading.totalPowerW !== undefined) {
    for (const circuit of reading.circuits) {
      circuit.percentage = shareOfTotal(circuit.powerW, reading.totalPowerW);
    }
  }
  return reading;
}

function circuitOf(circuits: Map<string, CircuitReading>, series: Series): CircuitReading {
  const id = series.circuitId ?? '';
  let circuit = circuits.get(id);
  if (circuit === undefined) {
    circuit = { id, name: series.name ?? id, powerW: null };
    if (series.parentId !== null) circuit.parentId = series.parentId;
    circuits.set(id, circuit);
  }
  return circuit;
}
