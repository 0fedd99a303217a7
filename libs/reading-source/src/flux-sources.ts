import { MeterReading } from '@smart-meter/meter-adapter';
import { fluxRows, fluxString, FluxQuery } from './flux';
import { InfluxEventsOptions } from './influx-events';
import { InfluxReadingsOptions } from './influx-ql-readings';
import {
  CIRCUIT_FIELDS,
  circuitReading,
  EVENT_FIELDS,
  HOME_FIELDS,
  homeEvent,
  homeReading,
} from './influx-rows';
import { InfluxReadTarget } from './influx-target';
import { mergeByTime } from './merge-by-time';
import { HomeEventSource, Period, ReadingSource, StoredHomeEvent } from './sources';

/** Readings from `smart_meter` and `smart_meter_circuit`, by Flux (InfluxDB 2.x). */
export class FluxReadings implements ReadingSource {
  constructor(
    private readonly target: InfluxReadTarget,
    private readonly options: InfluxReadingsOptions = {},
  ) {}

  async *readings(period: Period, signal: AbortSignal): AsyncGenerator<MeterReading, void, undefined> {
    const { circuits = [] } = this.options;
    const home = this.#read({ measurement: 'smart_meter', fields: HOME_FIELDS }, period, signal, homeReading);
    if (circuits.length === 0) {
      yield* home;
      return;
    }
    const where = circuits.map((name) => `r.circuit_name == ${fluxString(name)}`).join(' or ');
    const query = { measurement: 'smart_meter_circuit', fields: CIRCUIT_FIELDS, where };
    const ofCircuits = this.#read(query, period, signal, circuitReading);
    yield* mergeByTime(home, ofCircuits, ({ observedAt }) => observedAt.getTime());
  }

  async *#read(
    query: FluxQuery,
    period: Period,
    signal: AbortSignal,
    toReading: typeof homeReading,
  ): AsyncGenerator<MeterReading, void, undefined> {
    for await (const row of fluxRows(this.target, query, period, signal)) yield toReading(row);
  }
}

/** Home events from `home_assistant_events`, by Flux (InfluxDB 2.x). */
export class FluxEvents implements HomeEventSource {
  constructor(
    private readonly target: InfluxReadTarget,
    private readonly options: InfluxEventsOptions,
  ) {}

  async *events(period: Period, signal: AbortSignal): AsyncGenerator<StoredHomeEvent, void, undefined> {
    const where = this.options.domains.map((domain) => `r.domain == ${fluxString(domain)}`).join(' or ');
    const query = { measurement: 'home_assistant_events', fields: EVENT_FIELDS, where };
    for await (const row of fluxRows(this.target, query, period, signal)) {
      const event = homeEvent(row);
      if (event) yield event;
    }
  }
}
