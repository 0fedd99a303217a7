/** One circuit of the home; appliances are circuits with a parent. */
export interface CircuitDefinition {
  readonly id: string;
  readonly name: string;
  /** null for the top-level circuits, which together make up the whole home. */
  readonly parentId: string | null;
  readonly area: string;
  /** Ids of the appliances on it, which are circuits themselves; empty for an appliance. */
  readonly applianceIds: readonly string[];
}

/** Power at one instant, in W. Always: total = sum of the top-level circuits = grid + solar + battery. */
export interface HouseholdPower {
  readonly totalPowerW: number;
  /** + import, − export. */
  readonly gridPowerW: number;
  /** + production; null where the home has no solar system. */
  readonly solarPowerW: number | null;
  /** + discharge, − charge; null where the home has no battery. */
  readonly batteryPowerW: number | null;
  /** 0..100; null where the home has no battery. */
  readonly batteryStateOfChargePercent: number | null;
  readonly circuits: ReadonlyMap<string, number>;
}

/** Energy between two instants, in kWh: the exact integral of `HouseholdPower`. */
export interface HouseholdEnergy {
  readonly totalKwh: number;
  readonly gridImportKwh: number;
  readonly gridExportKwh: number;
  readonly solarKwh: number | null;
  readonly batteryChargeKwh: number | null;
  readonly batteryDischargeKwh: number | null;
  readonly circuits: ReadonlyMap<string, number>;
}

export type EntityAttributes = Readonly<Record<string, string | number | boolean | null>>;

/** Something that a home automation system would list and whose state changes it would report. */
export interface HomeEntity {
  readonly entityId: string;
  readonly domain: string;
  readonly name: string;
  readonly area: string;
  /** The appliance that it switches, which is a circuit; null for an entity without any load. */
  readonly circuitId: string | null;
}

export interface HomeEntityState {
  readonly entityId: string;
  readonly state: string;
  readonly attributes: EntityAttributes;
  /** When the home automation system learned of it. */
  readonly since: Date;
}

/** What an event really did, known because the home is simulated. */
export interface EventTruth {
  /** The appliance, which is a circuit; null for an innocent event. */
  readonly circuitId: string | null;
  /**
   * Change of the appliance's own power in W: its median 8 to 28 s after the transition less its median 20 to 2 s
   * before, both cut at its neighbouring transitions.
   */
  readonly powerDeltaW: number;
  /** The same with the mean of 4 to 5 minutes after, for loads that ramp; null when it changed again before. */
  readonly settledPowerDeltaW: number | null;
  /** When the power really changed; the event's own time is early or late. */
  readonly transitionAt: Date;
}

export interface HomeEvent {
  readonly at: Date;
  readonly entityId: string;
  readonly domain: string;
  readonly state: string;
  /** Equal to `state` when only attributes changed. */
  readonly previousState: string;
  readonly attributes: EntityAttributes;
  readonly truth: EventTruth;
}

export interface HouseholdOptions {
  /** Homes with different seeds differ in appliances, sizes and habits. */
  readonly seed: number | string;
  /** IANA zone of the home, default Europe/Berlin: habits follow its wall clock. */
  readonly timeZone?: string;
  readonly solar?: boolean;
  /** A battery that stores surplus and covers consumption; without solar it only shifts its weekly full charge. */
  readonly battery?: boolean;
  readonly ev?: boolean;
  readonly heatPump?: boolean;
  /** Stretches the delay between a transition and its event; 1 is usual, 3 a slow home. */
  readonly eventLatencyScale?: number;
  /** Innocent events per causal event, default 1. */
  readonly distractorRatio?: number;
  /** Share of the loads other than lamps that no home automation knows of, default 0. */
  readonly hiddenLoadShare?: number;
}

/** A simulated home: everything is a pure function of the options and the time asked for. */
export interface Household {
  readonly timeZone: string;
  /** Top-level circuits first, then their appliances. */
  readonly circuits: readonly CircuitDefinition[];
  readonly entities: readonly HomeEntity[];
  /** Power changes on whole seconds only, so 1 s sampling sees everything. */
  powerAt(at: Date): HouseholdPower;
  /** Throws RangeError when `to` is before `from`. */
  energyKwhBetween(from: Date, to: Date): HouseholdEnergy;
  /** Events with from <= at < to, in time order. */
  eventsBetween(from: Date, to: Date): HomeEvent[];
  /** State of every entity as known at the instant. */
  entityStatesAt(at: Date): HomeEntityState[];
}
