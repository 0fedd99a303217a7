import {
  CircuitReading,
  expectArray,
  expectNumber,
  expectObject,
  expectString,
  HOME_QUANTITIES,
  HomeQuantity,
  instantOrNull,
  JsonObject,
  MeterError,
  MeterReading,
  numberOrNull,
  PROVENANCES,
} from '@smart-meter/meter-adapter';
import { bodyOf, linesOf, parseJson } from './exchange';
import { Period, ReadingSource } from './sources';

export interface SmartMeterApiOptions {
  /** `http://127.0.0.1:8014` */
  url: string;
  /** The service's API token, where it asks for one. */
  token?: string;
  /** Of which circuits: `all`, `none` (default), or their ids. */
  circuits?: 'all' | 'none' | readonly string[];
  /** How long the service may be silent, ms. Default 30 s. */
  silenceMs?: number;
}

export interface ReadingListener {
  /** From now on readings arrive. */
  onConnected(): void;
  onReading(reading: MeterReading): void;
}

const PEER = 'smart-meter';
const DEFAULT_SILENCE_MS = 30_000;
/** The service says something every 15 s. */
const STREAM_SILENCE_MS = 45_000;

const FIELD_OF: Readonly<Record<HomeQuantity, string>> = {
  totalPowerW: 'total_power_w',
  dailyKwh: 'daily_kwh',
  gridPowerW: 'grid_power_w',
  solarPowerW: 'solar_power_w',
  batteryPowerW: 'battery_power_w',
};

/** Readings of a running smart-meter, by its HTTP API. */
export class SmartMeterApi implements ReadingSource {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #circuits: string;
  readonly #silenceMs: number;

  constructor({ url, token, circuits = 'none', silenceMs = DEFAULT_SILENCE_MS }: SmartMeterApiOptions) {
    this.#url = url.replace(/\/+$/, '');
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.#circuits = typeof circuits === 'string' ? circuits : circuits.join(',') || 'none';
    this.#silenceMs = silenceMs;
  }

  async *readings({ from, to }: Period, signal: AbortSignal): AsyncGenerator<MeterReading, void, undefined> {
    if (from >= to) return;
    const query = new URLSearchParams({
      every: 'raw',
      format: 'ndjson',
      circuits: this.#circuits,
      from: from.toISOString(),
      to: to.toISOString(),
    });
    const body = bodyOf({
      peer: PEER,
      url: `${this.#url}/readings?${query}`,
      headers: this.#headers,
      signal,
      silenceMs: this.#silenceMs,
    });
    for await (const line of linesOf(body, PEER)) if (line !== '') yield readingOf(parseJson(line, PEER));
  }

  /**
   * Follows readings as they become durable, over one connection.
   * Resolves when the signal aborts; otherwise rejects with the `MeterError` that ended the connection.
   */
  async follow(listener: ReadingListener, signal: AbortSignal): Promise<void> {
    const body = bodyOf({
      peer: PEER,
      url: `${this.#url}/stream`,
      headers: { ...this.#headers, accept: 'text/event-stream' },
      signal,
      silenceMs: STREAM_SILENCE_MS,
    });
    let isConnected = false;
    try {
      for await (const line of linesOf(body, PEER)) {
        if (!isConnected) listener.onConnected();
        isConnected = true;
        if (line.startsWith('data:')) listener.onReading(readingOf(parseJson(line.slice(5), PEER)));
      }
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    throw new MeterError('unavailable', `${PEER} has ended the stream`);
  }
}

function readingOf(value: unknown): MeterReading {
  const row = expectObject(value, PEER);
  const observedAt = instantOrNull(row['timestamp']);
  const provenance = PROVENANCES.find((known) => known === row['provenance']);
  if (observedAt === null || provenance === undefined) {
    throw new MeterError('malformed_response', `${PEER}: a reading has no timestamp or provenance`);
  }
  return {
    meterId: PEER,
    observedAt,
    averagedOverS: expectNumber(row['averaged_over_s'], 'averaged_over_s'),
    provenance,
    ...homeQuantities(row),
    circuits: expectArray(row['circuits'], 'circuits').map(circuitOf),
  };
}

function homeQuantities(row: JsonObject): Partial<Record<HomeQuantity, number | null>> {
  const spoken = HOME_QUANTITIES.filter((quantity) => row[FIELD_OF[quantity]] !== undefined);
  return Object.fromEntries(spoken.map((quantity) => [quantity, numberOrNull(row[FIELD_OF[quantity]])]));
}

function circuitOf(value: unknown): CircuitReading {
  const circuit = expectObject(value, 'circuit');
  return {
    id: expectString(circuit['id'], 'circuit.id'),
    name: expectString(circuit['name'], 'circuit.name'),
    powerW: numberOrNull(circuit['power_w']),
  };
}
