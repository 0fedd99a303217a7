import { HOME_QUANTITIES, HomeQuantity } from '@smart-meter/meter-adapter';
import { Database, Statement } from './database';

export const CIRCUIT_QUANTITIES = ['circuitPowerW', 'circuitDailyKwh'] as const;
export const SERIES_QUANTITIES = [...HOME_QUANTITIES, ...CIRCUIT_QUANTITIES] as const;
/** What a series measures: a quantity of the whole home or of one circuit. The unit is in the name. */
export type SeriesQuantity = HomeQuantity | (typeof CIRCUIT_QUANTITIES)[number];

export interface SeriesKey {
  meterId: string;
  quantity: SeriesQuantity;
  /** null for a quantity of the whole home. */
  circuitId: string | null;
}

/** One line of values over time. */
export interface Series extends SeriesKey {
  id: number;
  /** The circuit's latest name; null for the whole home. */
  name: string | null;
  /** The circuit that this one is a part of, as last told. */
  parentId: string | null;
}

/** A circuit as a reading describes it. */
export interface CircuitDescription {
  id: string;
  name: string;
  parentId?: string;
}

interface StoredSeries extends Series {
  describedAtMs: number;
  longestAverageMs: number;
}

/** By meter, quantity and circuit; the circuit of the whole home is ''. */
type ByMeter = Map<string, Map<SeriesQuantity, Map<string, StoredSeries>>>;

/** The energy counter that belongs to each kind of power. */
const COUNTER_OF: Partial<Record<SeriesQuantity, SeriesQuantity>> = {
  totalPowerW: 'dailyKwh',
  circuitPowerW: 'circuitDailyKwh',
};

export const isPower = (quantity: SeriesQuantity): boolean => quantity.endsWith('PowerW');

type SeriesRow = readonly [
  number,
  string,
  SeriesQuantity,
  string,
  string | null,
  string | null,
  number,
  number,
];

/** All series, mirrored in memory: their number is that of the circuits and not of the samples. */
export class SeriesCatalogue {
  readonly #select: Statement;
  readonly #insert: Statement;
  readonly #describe: Statement;
  readonly #setLongestAverage: Statement;
  #byMeter: ByMeter | undefined;
  #byId = new Map<number, StoredSeries>();

  constructor(database: Database) {
    this.#select = database.prepare(
      `SELECT id, meter_id, quantity, circuit_id, name, parent_id, described_at_ms, longest_average_ms
       FROM series ORDER BY id`,
    );
    this.#insert = database.prepare(
      `INSERT INTO series (meter_id, quantity, circuit_id, name, parent_id, described_at_ms)
       VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
    );
    this.#describe = database.prepare(
      'UPDATE series SET name = ?, parent_id = ?, described_at_ms = ? WHERE id = ?',
    );
    this.#setLongestAverage = database.prepare('UPDATE series SET longest_average_ms = ? WHERE id = ?');
    database.addHooks({ invalidate: () => (this.#byMeter = undefined) });
  }

  list(meterId?: string): Series[] {
    this.#load();
    return [...this.#byId.values()]
      .filter((series) => meterId === undefined || series.meterId === meterId)
      .map(({ id, meterId, quantity, circuitId, name, parentId }) => ({
        id,
        meterId,
        quantity,
        circuitId,
        name,
        parentId,
      }));
  }

  find({ meterId, quantity, circuitId }: SeriesKey): Series | undefined {
    return this.#ofQuantity(meterId, quantity).get(circuitId ?? '');
  }

  byId(id: number): Series {
    this.#load();
    const series = this.#byId.get(id);
    if (series === undefined) throw new RangeError(`there is no series ${id}`);
    return series;
  }

  /** The meter's own energy counter beside a power series, if there is one. */
  counterOf(series: Series): Series | undefined {
    const quantity = COUNTER_OF[series.quantity];
    return quantity && this.find({ ...series, quantity });
  }

  /** How far back the longest averaged sample of this series reaches, ms. */
  longestAverageMs(id: number): number {
    this.#load();
    return this.#byId.get(id)?.longestAverageMs ?? 0;
  }

  /** The series of a quantity of the whole home; made where it is new. */
  homeSeriesId(meterId: string, quantity: HomeQuantity): number {
    const ofQuantity = this.#ofQuantity(meterId, quantity);
    return (ofQuantity.get('') ?? this.#create(ofQuantity, { meterId, quantity, circuitId: null }, 0)).id;
  }

  /** The series of a circuit; made where it is new, and described anew by the most recent reading. */
  circuitSeriesId(
    meterId: string,
    quantity: (typeof CIRCUIT_QUANTITIES)[number],
    circuit: CircuitDescription,
    atMs: number,
  ): number {
    const ofQuantity = this.#ofQuantity(meterId, quantity);
    const series =
      ofQuantity.get(circuit.id) ??
      this.#create(ofQuantity, { meterId, quantity, circuitId: circuit.id }, atMs, circuit);
    const parentId = circuit.parentId ?? null;
    if (atMs >= series.describedAtMs && (series.name !== circuit.name || series.parentId !== parentId)) {
      this.#describe.run(circuit.name, parentId, atMs, series.id);
      Object.assign(series, { name: circuit.name, parentId, describedAtMs: atMs });
    }
    return series.id;
  }

  noteAverage(id: number, averagedOverMs: number): void {
    const series = this.#byId.get(id);
    if (series === undefined || series.longestAverageMs >= averagedOverMs) return;
    this.#setLongestAverage.run(averagedOverMs, id);
    series.longestAverageMs = averagedOverMs;
  }

  #create(
    ofQuantity: Map<string, StoredSeries>,
    key: SeriesKey,
    describedAtMs: number,
    circuit?: CircuitDescription,
  ): StoredSeries {
    const name = circuit?.name ?? null;
    const parentId = circuit?.parentId ?? null;
    const [id] = this.#insert.get<[number]>(
      key.meterId,
      key.quantity,
      key.circuitId ?? '',
      name,
      parentId,
      describedAtMs,
    ) ?? [0];
    const series = { ...key, id, name, parentId, describedAtMs, longestAverageMs: 0 };
    ofQuantity.set(key.circuitId ?? '', series);
    this.#byId.set(id, series);
    return series;
  }

  #ofQuantity(meterId: string, quantity: SeriesQuantity): Map<string, StoredSeries> {
    const byMeter = this.#load();
    let ofMeter = byMeter.get(meterId);
    if (ofMeter === undefined) byMeter.set(meterId, (ofMeter = new Map()));
    let ofQuantity = ofMeter.get(quantity);
    if (ofQuantity === undefined) ofMeter.set(quantity, (ofQuantity = new Map()));
    return ofQuantity;
  }

  #load(): ByMeter {
    if (this.#byMeter !== undefined) return this.#byMeter;
    const rows = this.#select.all<SeriesRow>();
    this.#byMeter = new Map();
    this.#byId = new Map();
    for (const [id, meterId, quantity, circuit, name, parentId, describedAtMs, longestAverageMs] of rows) {
      const circuitId = circuit === '' ? null : circuit;
      const series = { id, meterId, quantity, circuitId, name, parentId, describedAtMs, longestAverageMs };
      this.#ofQuantity(meterId, quantity).set(circuit, series);
      this.#byId.set(id, series);
    }
    return this.#byMeter;
  }
}
