/** Where a value comes from. Only `live` and `backfill` are measurements. */
export const PROVENANCES = ['live', 'backfill', 'cached', 'mock'] as const;
export type Provenance = (typeof PROVENANCES)[number];

/** What a meter says about the home at one instant. */
export interface MeterReading {
  /** Stable id of this meter in this installation. */
  meterId: string;
  /** UTC. Pushed and historical values carry the source’s own time, polled ones the instant that the answer is true for. */
  observedAt: Date;
  /** 0 = instantaneous; 60 = mean of the minute that ends at `observedAt`. Seconds. */
  averagedOverS: number;
  /** Whole home, W, + = consumption. null = unknown; absent = this reading does not speak of it. */
  totalPowerW?: number | null;
  /** Energy since local midnight, kWh. null = unknown; absent = this reading does not speak of it. */
  dailyKwh?: number | null;
  /** + = import, W. */
  gridPowerW?: number | null;
  /** + = production, W. */
  solarPowerW?: number | null;
  /** + = discharge, W. */
  batteryPowerW?: number | null;
  /** A pushed reading holds only the circuits that changed. */
  circuits: CircuitReading[];
  provenance: Provenance;
}

/** What one circuit or device draws at the reading's instant. */
export interface CircuitReading {
  /** Stable across renames of the circuit. */
  id: string;
  /** As its owner knows it; for Home Assistant the entity id. */
  name: string;
  /** W, + = consumption. null = unknown. */
  powerW: number | null;
  /** Energy since local midnight, kWh. */
  dailyKwh?: number | null;
  /** The circuit that this one is a part of. */
  parentId?: string;
  /** What it draws is in another circuit too, though not known in which: it must not be added up. Live readings only. */
  isCountedElsewhere?: true;
  /** Share of the whole-home power, %; 0 where that is 0 or less. */
  percentage?: number | null;
}

/** The quantities of the whole home that a reading can carry. */
export const HOME_QUANTITIES = [
  'totalPowerW',
  'dailyKwh',
  'gridPowerW',
  'solarPowerW',
  'batteryPowerW',
] as const;
export type HomeQuantity = (typeof HOME_QUANTITIES)[number];

/**
 * A circuit's share of the whole home, %.
 * 0 where the home draws nothing or exports; null where either is unknown.
 */
export function shareOfTotal(powerW: number | null, totalPowerW: number | null | undefined): number | null {
  if (powerW === null || totalPowerW === null || totalPowerW === undefined) return null;
  return totalPowerW <= 0 ? 0 : (powerW / totalPowerW) * 100;
}
