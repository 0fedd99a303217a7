import { CircuitReading, MeterReading, PROVENANCES, shareOfTotal } from '@smart-meter/meter-adapter';
import { Database, Statement } from './database';
import { Period, SampleReader } from './sample-reader';
import { Series, SeriesCatalogue } from './series';

type ReadingRow = readonly [
  atMs: number,
  averagedOverMs: number,
  provenance: number,
  seriesId: number,
  value: number | null,
];

interface ReadingKey {
  atMs: number;
  averagedOverMs: number;
  provenance: number;
}

const ROWS_PER_PAGE = 4_000;
const SHORTEST_WINDOW_MS = 1_000;
const LONGEST_WINDOW_MS = 31 * 86_400_000;
const FIRST_WINDOW_MS = 60 * 60_000;

/** Puts samples together to the readings that they came from. */
export class ReadingReader {
  readonly #database: Database;
  readonly #series: SeriesCatalogue;
  readonly #samples: SampleReader;
  readonly #window: Statement;
  readonly #next: Statement;

  constructor(database: Database, series: SeriesCatalogue, samples: SampleReader) {
    this.#database = database;
    this.#series = series;
    this.#samples = samples;
    this.#window = database.prepare(
      `SELECT at_ms, averaged_over_ms, provenance, series_id, value FROM sample
       WHERE series_id IN (SELECT value FROM json_each(?)) AND at_ms >= ? AND at_ms < ?
       ORDER BY at_ms, averaged_over_ms, provenance, series_id LIMIT ?`,
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
    const values = newest
      .filter(({ sample }) => sample.atMs >= last.atMs - withinMs)
      .map(({ series, sample }) => ({ series, value: sample.value }))
      .sort((a, b) => a.series.id - b.series.id);
    return assemble(
      {
        atMs: last.atMs,
        averagedOverMs: last.averagedOverS * 1000,
        provenance: PROVENANCES.indexOf(last.provenance),
      },
      values,
    );
  }

  #meters(meterId?: string): string[] {
    return meterId === undefined
      ? [...new Set(this.#series.list().map((series) => series.meterId))]
      : [meterId];
  }

  *#readingsOf(meterId: string, { from, to }: Period): Generator<MeterReading, void, undefined> {
    const endMs = to.getTime();
    const ids = this.#series.list(meterId).map(({ id }) => id);
    let windowMs = FIRST_WINDOW_MS;
    let limit = ROWS_PER_PAGE;
    let cursorMs = this.#nextAtMs(ids, from.getTime());
    while (cursorMs < endMs) {
      const windowEndMs = Math.min(endMs, cursorMs + windowMs);
      const rows = this.#database.guard(() =>
        this.#window.all<ReadingRow>(JSON.stringify(ids), cursorMs, windowEndMs, limit),
      );
      if (rows.length < limit) {
        yield* this.#assembleAll(rows);
        cursorMs = this.#nextAtMs(ids, windowEndMs);
        if (rows.length < limit / 4) windowMs = Math.min(LONGEST_WINDOW_MS, windowMs * 2);
        limit = ROWS_PER_PAGE;
      } else {
        // The last instant may go on beyond the page: it is read again with the next one.
        const lastAtMs = rows.at(-1)?.[0] ?? cursorMs;
        if (lastAtMs === cursorMs) limit *= 2;
        yield* this.#assembleAll(rows.filter(([atMs]) => atMs < lastAtMs));
        cursorMs = lastAtMs;
        windowMs = Math.max(SHORTEST_WINDOW_MS, windowMs / 2);
      }
    }
  }

  #nextAtMs(seriesIds: readonly number[], fromMs: number): number {
    return this.#database.guard(() =>
      seriesIds.reduce(
        (soonest, id) => Math.min(soonest, this.#next.get<[number]>(id, fromMs)?.[0] ?? Infinity),
        Infinity,
      ),
    );
  }

  *#assembleAll(rows: readonly ReadingRow[]): Generator<MeterReading, void, undefined> {
    let key: ReadingKey | undefined;
    let values: { series: Series; value: number | null }[] = [];
    for (const [atMs, averagedOverMs, provenance, seriesId, value] of rows) {
      const same =
        key?.atMs === atMs && key.averagedOverMs === averagedOverMs && key.provenance === provenance;
      if (!same) {
        if (key !== undefined) yield assemble(key, values);
        key = { atMs, averagedOverMs, provenance };
        values = [];
      }
      values.push({ series: this.#series.byId(seriesId), value });
    }
    if (key !== undefined) yield assemble(key, values);
  }
}

function assemble(
  { atMs, averagedOverMs, provenance }: ReadingKey,
  values: readonly { series: Series; value: number | null }[],
): MeterReading {
  const circuits = new Map<string, CircuitReading>();
  const reading: MeterReading = {
    meterId: values[0]?.series.meterId ?? '',
    observedAt: new Date(atMs),
    averagedOverS: averagedOverMs / 1000,
    circuits: [],
    provenance: PROVENANCES[provenance] ?? 'mock',
  };
  for (const { series, value } of values) {
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
