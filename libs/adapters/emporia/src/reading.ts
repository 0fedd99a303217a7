import {
  CircuitReading,
  finiteOrNull,
  meanPowerW,
  MeterReading,
  Provenance,
  shareOfTotal,
} from '@smart-meter/meter-adapter';
import { Circuit, Layout } from './layout';

/** kWh by circuit id, as Emporia tells them; absent = not asked, null = no data. */
export type Energies = ReadonlyMap<string, number | null>;

export interface ReadingFacts {
  meterId: string;
  layout: Layout;
  /** The end of the bucket. */
  observedAt: Date;
  bucketS: number;
  energies: Energies;
  /** kWh since local midnight by circuit id, signs as `consumedKwh` makes them; absent = not known. */
  dailyKwh: ReadonlyMap<string, number>;
  provenance: Provenance;
}

/** What a circuit consumed, kWh, + = consumption whatever way the clamp is round. */
export function consumedKwh(circuit: Circuit, energyKwh: number): number {
  const signedKwh = circuit.sign * energyKwh;
  return circuit.absolute ? Math.abs(signedKwh) : signedKwh;
}

export function makeReading(facts: ReadingFacts): MeterReading {
  const { layout, energies, bucketS, dailyKwh } = facts;
  const powers = new Map<string, number | null>();
  for (const circuit of layout.circuits) {
    const energyKwh = energies.get(circuit.id);
    if (energyKwh === undefined) continue;
    powers.set(
      circuit.id,
      energyKwh === null ? null : finiteOrNull(meanPowerW(consumedKwh(circuit, energyKwh), bucketS)),
    );
  }
  const quantities = homeQuantities(layout, powers);
  const homeDailyKwh = homeEnergy(layout, dailyKwh);
  const circuits = layout.circuits.flatMap((circuit) => {
    const powerW = powers.get(circuit.id);
    if (!circuit.listed || powerW === undefined) return [];
    return [circuitReading(circuit, powerW, quantities.totalPowerW, dailyKwh.get(circuit.id))];
  });
  return {
    meterId: facts.meterId,
    observedAt: facts.observedAt,
    averagedOverS: bucketS,
    ...quantities,
    ...(homeDailyKwh === null ? {} : { dailyKwh: homeDailyKwh }),
    circuits,
    provenance: facts.provenance,
  };
}

function circuitReading(
  circuit: Circuit,
  powerW: number | null,
  totalPowerW: number | null,
  dailyKwh: number | undefined,
): CircuitReading {
  return {
    id: circuit.id,
    name: circuit.name,
    powerW,
    ...(dailyKwh === undefined ? {} : { dailyKwh }),
    ...(circuit.parentId === null ? {} : { parentId: circuit.parentId }),
    percentage: shareOfTotal(powerW, totalPowerW),
  };
}

type HomeQuantities = Pick<MeterReading, 'gridPowerW' | 'solarPowerW' | 'batteryPowerW'> & {
  totalPowerW: number | null;
};

/** The mains say what the grid delivers; the home also consumes what its solar system and battery deliver. */
function homeQuantities(layout: Layout, powers: Energies): HomeQuantities {
  const gridPowerW = sumOfRole(layout, 'home', powers);
  const solarPowerW = negated(sumOfRole(layout, 'solar', powers));
  const batteryPowerW = negated(sumOfRole(layout, 'battery', powers));
  const unknown =
    gridPowerW === undefined || gridPowerW === null || solarPowerW === null || batteryPowerW === null;
  return {
    totalPowerW: unknown ? null : gridPowerW + (solarPowerW ?? 0) + (batteryPowerW ?? 0),
    ...(gridPowerW === undefined ? {} : { gridPowerW }),
    ...(solarPowerW === undefined ? {} : { solarPowerW }),
    ...(batteryPowerW === undefined ? {} : { batteryPowerW }),
  };
}

function homeEnergy(layout: Layout, dailyKwh: ReadonlyMap<string, number>): number | null {
  const ofRole = (role: Circuit['role']) => sumOfRole(layout, role, dailyKwh);
  const [gridKwh, solarKwh, batteryKwh] = [ofRole('home'), ofRole('solar'), ofRole('battery')];
  if (gridKwh === undefined || gridKwh === null || solarKwh === null || batteryKwh === null) return null;
  return gridKwh - (solarKwh ?? 0) - (batteryKwh ?? 0);
}

/** undefined where nothing has the role, null where a part of it is unknown. */
function sumOfRole(layout: Layout, role: Circuit['role'], values: Energies): number | null | undefined {
  const counting = layout.circuits.filter((circuit) => circuit.role === role && circuit.counts);
  if (counting.length === 0) return undefined;
  return counting.reduce<number | null>((sum, { id }) => {
    const value = values.get(id) ?? null;
    return sum === null || value === null ? null : sum + value;
  }, 0);
}

/** Clamps count consumption up; production and discharge are its opposite. Avoids −0. */
function negated(value: number | null | undefined): number | null | undefined {
  return value === null || value === undefined ? value : 0 - value;
}
