import { MAINS, PowerSample, SOLAR } from '@smart-meter/correlation';
import { MeterReading } from '@smart-meter/meter-adapter';

/** The id under which power is kept in the correlator's own journal. */
export const POWER_METER_ID = 'home';

/**
 * Which of the home's powers the mains are: the consumption where the source ever tells it, else the grid, with
 * solar beside it. Never both, which would take a change of the one for a change of the other.
 */
export type MainsKind = 'total' | 'grid';

/** Whether a reading was measured: what is simulated or repeated must not be attributed to anything. */
export function isMeasured({ provenance }: MeterReading): boolean {
  return provenance === 'live' || provenance === 'backfill';
}

export function mainsKind(readings: readonly MeterReading[], known: MainsKind | null): MainsKind | null {
  if (known === 'total' || readings.some(({ totalPowerW }) => typeof totalPowerW === 'number'))
    return 'total';
  return readings.some(({ gridPowerW }) => typeof gridPowerW === 'number') ? 'grid' : known;
}

/** A reading as the samples of its channels; circuits only where an entity is on them. */
export function powerSamples(
  reading: MeterReading,
  mains: MainsKind | null,
  circuitIds: ReadonlySet<string>,
): PowerSample[] {
  const { observedAt, averagedOverS, totalPowerW, gridPowerW, solarPowerW, circuits } = reading;
  const at = { atMs: observedAt.getTime(), averagedOverS };
  const samples: PowerSample[] = [];
  const add = (channel: string, powerW: number | null | undefined) => {
    if (typeof powerW === 'number') samples.push({ ...at, channel, powerW });
  };
  if (mains === 'total') add(MAINS, totalPowerW);
  if (mains === 'grid') {
    add(MAINS, gridPowerW);
    add(SOLAR, solarPowerW);
  }
  for (const { id, powerW } of circuits) if (circuitIds.has(id)) add(id, powerW);
  return samples;
}

/** What of a reading is kept: power, of the home and of the circuits that entities are on. */
export function keptReading(reading: MeterReading, circuitIds: ReadonlySet<string>): MeterReading {
  const { observedAt, averagedOverS, provenance, circuits } = reading;
  return {
    meterId: POWER_METER_ID,
    observedAt,
    averagedOverS,
    provenance,
    ...known('totalPowerW', reading.totalPowerW),
    ...known('gridPowerW', reading.gridPowerW),
    ...known('solarPowerW', reading.solarPowerW),
    circuits: circuits.filter(({ id }) => circuitIds.has(id)),
  };
}

function known<Name extends string>(
  name: Name,
  value: number | null | undefined,
): { [Key in Name]?: number | null } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]: number | null });
}
