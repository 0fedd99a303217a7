/** A home event as the benchmark knows it: what was reported, and (kept away from the methods) what is true. */
export interface BenchEvent {
  /** Seconds since the start of the home, on the event clock. */
  atS: number;
  entityId: string;
  domain: string;
  state: string;
  previousState: string;
  attributes?: Record<string, unknown>;
}

export interface EventTruth {
  /** Change of the entity's own power, W; 0 for an event that changes nothing. */
  deltaW: number;
  /** When the power really changed, seconds on the meter's side; null for innocent events. */
  stepAtS: number | null;
  applianceClass: string;
}

export interface Samples {
  /** Seconds since the start of the home, on the meter's clock. */
  atS: Float64Array;
  powerW: Float64Array;
  /** 0 = instantaneous; otherwise the length of the interval that ends at the stamp. */
  averagedOverS: number;
}

/** One home with its truth at 1 Hz. Methods only ever see events and what a meter model makes of the series. */
export interface ComposedHome {
  name: string;
  days: number;
  events: BenchEvent[];
  truth: EventTruth[];
  /** Whole-home load at 1 Hz, W, before the meter. */
  loadW: Float32Array;
  /** Circuit name -> load at 1 Hz; they add up to the load. */
  circuitsW: Map<string, Float32Array>;
  /** Solar production at 1 Hz, W; absent without solar. */
  solarW?: Float32Array;
  circuitOfEntity: Map<string, string>;
  meterDelayS: number;
}
