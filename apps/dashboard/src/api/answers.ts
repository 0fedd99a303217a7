/** The shapes of the service's API: powers in W, energies in kWh, null for the unknown. */

export type Provenance = 'live' | 'backfill' | 'cached' | 'mock';

export interface CircuitAnswer {
  id: string;
  name: string;
  power_w: number | null;
  percentage: number | null;
  daily_kwh?: number | null;
  parent_id?: string;
}

/** A home quantity that is absent is one that this reading does not speak of. */
export interface ReadingAnswer {
  timestamp: string;
  averaged_over_s: number;
  provenance: Provenance;
  total_power_w?: number | null;
  daily_kwh?: number | null;
  grid_power_w?: number | null;
  solar_power_w?: number | null;
  battery_power_w?: number | null;
  circuits: CircuitAnswer[];
}

export interface ConsumptionAnswer extends ReadingAnswer {
  age_seconds: number;
  warnings: string[];
  stale: { source: string; last_reported: string }[];
}

export interface RawReadingsAnswer {
  readings: ReadingAnswer[];
  next: string | null;
}

export interface EnergyPeriodAnswer {
  /** Local date that the period starts on. */
  date: string;
  start: string;
  end: string;
  energy_kwh: number;
  source: 'meter' | 'integrated' | 'mixed';
  negative_kwh: number;
  cost: number | null;
  covered_s: number;
}

export interface EnergyAnswer {
  time_zone: string;
  price: { per_kwh: number; currency: string } | null;
  series: { series: string; name: string | null; periods: EnergyPeriodAnswer[] }[];
}

export interface GapAnswer {
  id: number;
  from: string;
  to: string;
  state: 'open' | 'partial' | 'filled' | 'unfillable';
  reason: string;
  filled_until: string | null;
  detail: string | null;
}

export interface GapsAnswer {
  gaps: GapAnswer[];
  filling: { id: number; percent: number } | null;
}

export interface PhantomLoadAnswer {
  power_w: number | null;
  nights: number;
  kwh_per_year: number | null;
  cost_per_year: number | null;
  currency: string;
}

export interface SourceAnswer {
  source: string;
  name: string;
  role: 'home' | 'daily_energy' | 'grid' | 'solar' | 'battery' | 'circuit' | 'none';
  reason: string;
  unit: string | null;
  circuit_id: string | null;
  parent_id: string | null;
  metadata: Readonly<Record<string, string>>;
}

export interface SourcesAnswer {
  meter_type: string;
  sources: SourceAnswer[];
}

export interface FailureAnswer {
  at?: string;
  code: string;
  message: string;
}

interface CheckAnswer {
  status: 'up' | 'degraded' | 'down';
  message?: string;
}

export interface AdapterCheck extends CheckAnswer {
  meter_type: string;
  last_error: FailureAnswer | null;
  warnings: string[];
  stale: { source: string; last_reported: string }[];
  stream?: 'connected' | 'disconnected';
}

export interface JournalCheck extends CheckAnswer {
  waiting_in_memory: number;
  given_up: number;
  series: number;
}

export interface DiskCheck extends CheckAnswer {
  free_bytes: number;
  total_bytes: number;
}

export interface DeliveryCheck extends CheckAnswer {
  state: string;
  /** Absent where nothing is delivered. */
  backlog_lines?: number;
  backlog_bytes?: number;
  oldest_age_seconds?: number | null;
  sent_lines?: number;
  quarantined_lines?: number;
  dropped_lines?: number;
  last_success?: string | null;
  last_error?: FailureAnswer | null;
}

export interface HealthAnswer {
  status: 'healthy' | 'degraded' | 'unhealthy';
  uptime_seconds: number;
  details: { adapter: AdapterCheck; journal: JournalCheck; disk: DiskCheck; delivery: DeliveryCheck };
  last_successful_fetch: string | null;
  total_fetches: number;
  failed_fetches: number;
  success_rate: number;
}

export interface CollectAnswer {
  ok: boolean;
  error: { code: string; message: string } | null;
}

export interface CorrelationsAnswer {
  configured: boolean;
  correlations: {
    timestamp: string;
    entity_id: string;
    state: string;
    power_delta_w: number;
    confidence: number | null;
    provisional: boolean;
  }[];
}
